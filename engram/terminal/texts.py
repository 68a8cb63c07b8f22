"""What Engram says in the terminal only; pure."""

WELCOME = (
    "Engram. Ask something, or /help. /image PATH shows a picture or a file to the model. Ctrl-C "
    "stops an answer, and leaves when there is none."
)
WHICH_FILE = "Which file? Send its path, and a question if you like: /image chart.png What is this?"
NO_SUCH_FILE = "There is no file {path} here. A path with spaces may stand in quotation marks."
NOT_A_FILE = "{name} is a folder, or no file that can be read to its end. Please name another one."
UNREADABLE = "{name} cannot be read ({reason}). Please name another file, or let me read it."
CHANGED = "{name} has changed since it was shown. Please show it again: /image and its path."
TOO_LARGE = "{name} is larger than {most} MB. Please make it smaller."
CHART_WRITTEN = "🖼  Chart: {file}"
FILE_WRITTEN = "📎  File: {file}"
NOT_WRITTEN = "⚠️  {file} cannot be written to {folder} ({reason}); name another --charts"
