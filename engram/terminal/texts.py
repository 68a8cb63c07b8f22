"""What Engram says in the terminal only; pure."""

WELCOME = "Engram. Ask something, or /help. Ctrl-C stops an answer, and leaves when there is none."
CHART_WRITTEN = "🖼  Chart: {file}"
CHART_NOT_WRITTEN = "⚠️  The chart cannot be written to {folder} ({reason}); name another --charts"
