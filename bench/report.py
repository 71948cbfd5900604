"""What the bench found, as lines on a terminal, tables in Markdown, JSON and a picture."""
import json
import math
from xml.sax.saxutils import escape

MARKS = {True: "met", False: "not met", None: ""}


def number(value):
    """Three digits that matter, thousands apart."""
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def spread(row):
    samples = row["samples"]
    if len(samples) < 2:
        return ""
    return f"{number(min(samples))} … {number(max(samples))}"


def line(row):
    """`name value unit`, and what else is to be said of it."""
    if row["value"] is None:
        return f"{row['name']} - not measured: {row['note']}"
    more = [f"[{spread(row)}]"] if spread(row) else []
    if row["goal"]:
        more.append(f"goal {row['goal']}: {MARKS[row['met']]}")
    if row["note"]:
        more.append(f"({row['note']})")
    value = number(row["value"]).replace(",", "")
    return " ".join([row["name"], value, row["unit"], *more])


def table(rows):
    out = ["| figure | value | goal | | range | |", "|---|---|---|---|---|---|"]
    for row in rows:
        value = f"{number(row['value'])} {row['unit']}" if row["value"] is not None else "-"
        note = row["note"] if row["value"] is not None else f"not measured: {row['note']}"
        out.append(f"| `{row['name']}` | {value} | {row['goal']} | {MARKS[row['met']]} | "
                   f"{spread(row)} | {note.replace('|', '/')} |")
    return out + [""]


def markdown(result):
    machine, rows = result["machine"], result["rows"]
    goals = [row for row in rows if row["goal"]]
    rates = [row for row in rows if row["bar"]]
    others = [row for row in rows if not row["goal"] and not row["bar"]]
    out = ["# What `make bench` found", "",
           f"{result['kind']} run of {result['when']}, {result['seconds']} s. "
           f"{machine['processor']}, {machine['processors']} processors, "
           f"{machine['memory_mib'] // 1024} GiB, Linux {machine['kernel']}, "
           f"{machine['filesystem']} on {machine['disk']}: "
           f"{number(machine['fdatasync_per_s'])} fdatasync/s of 4 KiB, the worst "
           f"{number(machine['fdatasync_worst_ms'])} ms. Load before {machine['load_before']:.1f}; "
           f"the host took away {result['stolen_percent']:.1f} % of the processors' time. Servers, "
           "clients and the load generator share these processors.", "",
           "![goals and rates](rates.svg)", "",
           "A figure is the median of its rounds, which are interleaved with those of what it is "
           "compared with; the range holds all of them. A ratio is a median over a "
           "median, its range that of the rounds' own ratios. `make bench ONLY=NAME` measures "
           "one of them again."]
    for title, part in (("Goals", goals), ("Rates", rates), ("Beside them", others)):
        if part:
            out += ["", f"## {title}", *table(part)]
    if result["peers"]:
        out += ["Peers: " + "; ".join(f"{name} {version}" for name, version in
                                      sorted(result["peers"].items())) +
                ". How each is tuned: [peers](../peers/README.md)."]
    return "\n".join(out).rstrip() + "\n"


# ---- the picture ------------------------------------------------------------------------------

WIDTH, LEFT, RIGHT, HEIGHT = 1080, 320, 650, 20
# Both on a bright page and on a dark one; its own background, since a page may differ from the system.
STYLE = """
text{fill:#1f2328}.soft{fill:#59636e}.back{fill:#ffffff}.grid{stroke:#d1d9e0}.range{stroke:#1f2328}
.goal{stroke:#1f2328;stroke-width:2}.titoli{fill:#0969da}.postgres{fill:#bc4c00}.redis{fill:#cf222e}
.sqlite{fill:#4d7326}.echo{fill:#818b98}.other{fill:#818b98}.met{fill:#1a7f37}.missed{fill:#bc4c00}
@media (prefers-color-scheme:dark){text{fill:#f0f6fc}.soft{fill:#9198a1}.back{fill:#0d1117}
.grid{stroke:#3d444d}.range{stroke:#f0f6fc}.goal{stroke:#f0f6fc}.titoli{fill:#4493f8}
.postgres{fill:#db6d28}.redis{fill:#f85149}.sqlite{fill:#7ba34a}.echo{fill:#656c76}
.other{fill:#656c76}.met{fill:#3fb950}.missed{fill:#db6d28}}
"""
OWNERS = ("titoli", "postgres", "redis", "sqlite", "echo")


class Panel:
    """Rows of bars on a logarithmic scale, from `top` down."""

    def __init__(self, out, top, least, most):
        self.out, self.top, self.least, self.most = out, top, least, most

    def place(self, value):
        held = min(max(value, self.least), self.most)
        return LEFT + math.log(held / self.least) / math.log(self.most / self.least) * (RIGHT - LEFT)

    def text(self, x, y, text, kind="", anchor="start", size=0):
        kind = f' class="{kind}"' if kind else ""
        size = f' font-size="{size}"' if size else ""
        anchor = f' text-anchor="{anchor}"' if anchor != "start" else ""
        self.out.append(f'<text x="{x:.1f}" y="{y:.1f}"{kind}{anchor}{size}>{escape(text)}</text>')

    def line(self, x, y, to_x, to_y, kind):
        self.out.append(f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" '
                        f'class="{kind}"/>')

    def grid(self, count, ticks):
        for tick in ticks:
            x = self.place(tick)
            self.line(x, self.top - 4, x, self.top + count * HEIGHT, "grid")
            self.text(x, self.top + count * HEIGHT + 14, f"{tick:,g}" if tick < 1 else f"{tick:,.0f}",
                      "soft", "middle", 11)

    def bar(self, index, name, value, kind, right):
        y = self.top + index * HEIGHT
        self.text(LEFT - 8, y + 14, name, anchor="end")
        self.out.append(f'<rect x="{LEFT}" y="{y + 3}" width="{max(2, self.place(value) - LEFT):.1f}" '
                        f'height="13" class="{kind}"/>')
        self.text(RIGHT + 10, y + 14, right)

    def range(self, index, samples):
        y = self.top + index * HEIGHT + 9.5
        self.line(self.place(min(samples)), y, self.place(max(samples)), y, "range")


def share(row):
    """How much of a goal was reached: 1 is just met."""
    goal, value = float(row["goal"][1:]), row["value"]
    if row["goal"][0] == "≥":
        return value / goal if goal else 1.0
    return goal / value if value else 10.0


def draw_goals(out, top, rows):
    panel = Panel(out, top, 0.1, 10)
    panel.text(12, top - 28, "Goals: how much of each was reached", size=15)
    panel.text(12, top - 12, "logarithmic scale; the line is the goal itself, to the right of it is "
               "better", "soft")
    panel.grid(len(rows), (0.1, 0.2, 0.5, 1, 2, 5, 10))
    for index, row in enumerate(rows):
        sign = "✓" if row["met"] else "✗"
        panel.bar(index, row["name"], share(row), "met" if row["met"] else "missed",
                  f"{sign} {number(row['value'])} {row['unit']}, goal {row['goal']}")
    x = panel.place(1)
    panel.line(x, top - 4, x, top + len(rows) * HEIGHT, "goal")
    return top + len(rows) * HEIGHT + 70


def draw_rates(out, top, rows, ratios):
    asked = [row["value"] for row in rows] + [row["goal_rate"] for row in ratios]
    least = 10 ** math.floor(math.log10(min(asked)))
    most = 10 ** math.ceil(math.log10(max(asked) * 1.01))
    panel = Panel(out, top, least, most)
    panel.text(12, top - 28, "Redemptions per second, each on disk before its answer", size=15)
    panel.text(12, top - 12, "logarithmic scale; thin lines: the range of the rounds; upright lines: "
               "the rates that goals over the peers ask for", "soft")
    ticks = [least * 10 ** power for power in range(round(math.log10(most / least)) + 1)]
    panel.grid(len(rows), ticks)
    for index, row in enumerate(rows):
        goals = [ratio for ratio in ratios if ratio["ours"] == row["name"].removesuffix("_per_s")]
        told = ", ".join(f"{ratio['goal']} × {ratio['against'].split('_')[0]}" for ratio in goals)
        panel.bar(index, row["name"].removesuffix("_per_s"), row["value"],
                  row["bar"] if row["bar"] in OWNERS else "other",
                  number(row["value"]) + (f" ({told})" if told else ""))
        panel.range(index, row["samples"])
        for ratio in goals:
            x = panel.place(ratio["goal_rate"])
            panel.line(x, top + index * HEIGHT + 1, x, top + index * HEIGHT + 18, "goal")
    return top + len(rows) * HEIGHT + 40


def picture(result):
    """Both panels as SVG; None when there is nothing to draw."""
    goals = [row for row in result["rows"] if row["goal"] and row["value"] is not None]
    rates = [row for row in result["rows"] if row["bar"] and row["value"]]
    ratios = [row for row in goals if row.get("goal_rate")]
    if not goals and not rates:
        return None
    out, bottom = [], 84
    if goals:
        bottom = draw_goals(out, bottom, goals)
    if rates:
        bottom = draw_rates(out, bottom, rates, ratios)
    machine = result["machine"]
    under = (f"{machine['processor']}, {machine['processors']} processors, {result['when']}; "
             f"{result['kind']} run of make bench")
    return "\n".join(
        [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom}" '
         'font-family="sans-serif" font-size="12" role="img">',
         "<title>Goals of the bench, and redemptions per second side by side with the peers</title>",
         f"<style>{STYLE}</style>", f'<rect width="{WIDTH}" height="{bottom}" class="back"/>',
         f'<text x="12" y="24" class="soft">{escape(under)}</text>', *out, "</svg>"]) + "\n"


def write(result, folder):
    """results.json, results.md and rates.svg."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    drawn = picture(result)
    if drawn:
        (folder / "rates.svg").write_text(drawn)
    (folder / "results.md").write_text(markdown(result))
