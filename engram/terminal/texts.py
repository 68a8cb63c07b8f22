"""What Engram says in the terminal only; pure."""

WELCOME = "Engram. Ask something, or /help. Ctrl-C stops an answer, and leaves when there is none."
CHART_WRITTEN = "🖼  Chart: {file}"
FILE_WRITTEN = "📎  File: {file}"
NOT_WRITTEN = "⚠️  {file} cannot be written to {folder} ({reason}); name another --charts"
