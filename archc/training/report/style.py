"""The style of the pages: light, dark and printed, wide and narrow. Colours are told apart with
any colour vision (after Okabe and Ito), and lines by their dashes too."""

STYLE = """
:root { color-scheme: light dark; --page: #fff; --card: #f6f7f9; --text: #1d2129; --faint: #596170;
  --rule: #dfe3e8; --train: #6b7280; --val: #c25e00; --test: #0067b1; --hit: #1f77c0;
  --miss: #d55e00; --s0: #0067b1; --s1: #c25e00; --s2: #007a5a; --s3: #a3467f; --s4: #5b6472;
  --s5: #6f4bb0; --s6: #8a6d00; --s7: #2a8fb5 }
@media screen and (prefers-color-scheme: dark) { :root { --page: #16181c; --card: #1f2329;
  --text: #e8eaee; --faint: #a3abb8; --rule: #383e47; --train: #9aa3b2; --val: #ffa14f;
  --test: #62b0f5; --hit: #2f7fc4; --miss: #c85c12; --s0: #62b0f5; --s1: #ffa14f; --s2: #3fc7a0;
  --s3: #e695c6; --s4: #b0b8c4; --s5: #b49af0; --s6: #e0c04c; --s7: #7fd4ee } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 66rem; background: var(--page);
  color: var(--text); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "Liberation Sans",
  sans-serif; overflow-wrap: break-word }
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2 }
h2 { margin: 3rem 0 .35rem; padding-top: .9rem; border-top: 1px solid var(--rule);
  font-size: 1.25rem; line-height: 1.3 }
h3 { margin: 1.6rem 0 .4rem; font-size: 1rem }
p { margin: .35rem 0 1rem; max-width: 46rem }
.note, figcaption, caption, footer { color: var(--faint); font-size: .875rem }
.lead { margin-bottom: 1.6rem; color: var(--faint) }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem;
  margin: 0 }
.facts div { padding: .7rem .9rem; border-radius: .5rem; background: var(--card) }
.facts dt { color: var(--faint); font-size: .8rem }
.facts dd { margin: 0; font-size: 1.3rem; font-weight: 600; font-variant-numeric: tabular-nums }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr));
  gap: 1.75rem }
.charts.plots { grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)) }
svg.chart { width: 100%; height: auto; font-size: 12px; fill: var(--faint) }
svg.chart .name { fill: var(--text); font-size: 13.5px; font-weight: 600 }
svg .grid { stroke: var(--rule) } svg .best { stroke: var(--faint); stroke-dasharray: 2 3 }
svg .line { fill: none; stroke-width: 2; stroke-linejoin: round }
svg .dot { fill: var(--test); fill-opacity: .45 }
.wide { overflow-x: auto; margin: .5rem 0 1rem }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums }
caption { padding-bottom: .4rem; text-align: left }
th, td { padding: .25rem .6rem; text-align: right; vertical-align: baseline }
thead th { border-bottom: 1px solid var(--rule); color: var(--faint); font-weight: 600 }
tbody th { font-weight: 600 } .left th, .left td { text-align: left }
.confusion td { min-width: 2.75rem; border: 1px solid var(--page); text-align: center }
.confusion th { white-space: nowrap } .confusion thead th { text-align: center;
  vertical-align: bottom }
.confusion .up { height: 7.5rem }
.confusion .up span { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 7rem;
  overflow: hidden; text-overflow: ellipsis }
.confusion td.hit { background: color-mix(in srgb, var(--hit) var(--s), var(--card)) }
.confusion td.miss { background: color-mix(in srgb, var(--miss) var(--s), var(--card)) }
.confusion td.full { color: #fff } .confusion td.sum { color: var(--faint) }
.samples { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr));
  gap: 1.25rem 1rem }
.samples.pairs { grid-template-columns: repeat(auto-fill, minmax(13.5rem, 1fr)) }
.samples.triples { grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)) }
figure { margin: 0 } figcaption { margin-top: .3rem; line-height: 1.4 }
figcaption b { color: var(--text) }
.pictures { display: flex; gap: .4rem } .pictures > * { flex: 1 1 0; min-width: 0 }
.samples img, .pictures img { display: block; width: 100%; border-radius: .25rem;
  background: var(--card) }
img.small { image-rendering: pixelated }
.filters { display: grid; grid-template-columns: repeat(auto-fill, minmax(3.6rem, 1fr));
  gap: .5rem; max-width: 46rem }
.filters img { width: 100%; border: 1px solid var(--rule); image-rendering: pixelated }
.key { display: flex; flex-wrap: wrap; gap: .3rem 1rem; margin: .3rem 0 1rem; padding: 0;
  list-style: none; font-size: .875rem }
.key i { display: inline-block; width: .8rem; height: .8rem; margin-right: .35rem;
  border-radius: .15rem; vertical-align: -.08rem }
code, pre { font: .85rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono",
  monospace }
pre { overflow-x: auto; margin: .5rem 0; padding: .9rem 1rem; border-radius: .5rem;
  background: var(--card) }
.ids { display: block; padding: .5rem .6rem; border-radius: .25rem; background: var(--card) }
.diagram { overflow-x: auto } .diagram svg { display: block; max-width: 100%; height: auto }
.settings { display: grid; gap: 0 2.5rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)) }
.settings table { width: 100%; table-layout: fixed } .settings th { width: 38%;
  color: var(--faint); font-weight: 400 } .settings td { overflow-wrap: anywhere }
summary { cursor: pointer; color: var(--faint); font-size: .875rem }
footer { margin-top: 3rem; padding-top: .8rem; border-top: 1px solid var(--rule) }
@media print { body { max-width: none; padding: 0; font-size: 10pt } h2, h3 { break-after: avoid }
  h2 { margin-top: 1.8rem } details { display: none } .charts, .settings {
  grid-template-columns: 1fr 1fr } .samples { grid-template-columns: repeat(6, 1fr) }
  .samples.pairs, .samples.triples { grid-template-columns: repeat(3, 1fr) }
  .facts { grid-template-columns: repeat(6, 1fr) }
  .facts dd { font-size: 1rem; white-space: nowrap }
  figure, tr, .wide, svg.chart, .facts div { break-inside: avoid } .diagram svg { max-height: 24cm }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact } }
"""


def line_rules() -> str:
    """Colours and dashes of the lines, by their classes."""
    dashes = {"train": "6 3", "val": "2 2", "test": "", **dict(zip(SERIES, _DASHES, strict=True))}
    return "\n".join(
        f"svg .line.{name} {{ stroke: var(--{name}){f'; stroke-dasharray: {d}' if d else ''} }} "
        f"svg circle.{name} {{ fill: var(--{name}) }}"
        for name, d in dashes.items()
    )


SERIES = tuple(f"s{number}" for number in range(8))
"""Classes of lines that stand for one of several runs."""

_DASHES = ("", "6 3", "2 2", "8 3 2 3", "4 4", "10 4", "1 3", "12 3 2 3 2 3")
