"""C source as the checks want it: comments apart from code, and literals emptied."""
import pathlib
import re

TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


class SourceText:
    """One file. `lines` is the text; `code` the same lines, with the same columns, without
    comments and without the inside of literals; `comments` the comments alone, as placed."""

    def __init__(self, path):
        self.path = path
        self.text = pathlib.Path(path).read_text()
        code, comments, last = [], [], 0
        for token in TOKEN.finditer(self.text):
            between = self.text[last:token.start()]
            code.append(between)
            comments.append(_blank(between))
            text = token.group()
            if text.startswith(("/*", "//")):
                code.append(_blank(text))
                comments.append(text)
            else:
                code.append(text[0] + " " * (len(text) - 2) + text[-1])
                comments.append(_blank(text))
            last = token.end()
        code.append(self.text[last:])
        self.lines = self.text.splitlines()
        self.code = "".join(code).splitlines()
        self.comments = "".join(comments).splitlines()
        self.comments += [""] * (len(self.lines) - len(self.comments))
