"""How `report.html` looks, on a screen and on paper."""

STYLE = """
:root{color-scheme:light dark;--line:#c9ced6;--soft:#5b6472;--good:#1a7f37;--gap:#9a6700;--bad:#b42318}
body{font:15px/1.5 system-ui,sans-serif;margin:0}
main{max-width:64rem;margin:0 auto;padding:1.5rem}
section{border-top:3px solid var(--line);margin-top:2rem;padding-top:1rem}
h1{font-size:1.6rem}h2{font-size:1.3rem;margin:.2rem 0}h3{font-size:1.05rem;margin:1.4rem 0 .3rem}
.subject{font-size:1.1rem;margin:.2rem 0 1rem}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{border-bottom:1px solid var(--line);padding:.3rem .6rem .3rem 0;text-align:left;vertical-align:top}
td{overflow-wrap:anywhere}.facts th{width:13rem;font-weight:600}thead th{white-space:nowrap}
code{font:.85em/1.4 ui-monospace,monospace;overflow-wrap:anywhere}
.local{color:var(--soft)}.clock{white-space:nowrap}
.trust{list-style:none;padding:0}.trust li{border-left:.35rem solid var(--line);margin:.3rem 0;padding:.2rem .7rem}
.trust .good{border-color:var(--good)}.trust .gap{border-color:var(--gap)}
.trust .bad{border-color:var(--bad);font-weight:600}
@media (prefers-color-scheme:dark){:root{--line:#454c58;--soft:#a3adbb;--good:#3fb950;--gap:#d29922;--bad:#ff7b72}}
@media print{main{max-width:none;padding:0}section{break-before:page}tr{break-inside:avoid}}
"""
