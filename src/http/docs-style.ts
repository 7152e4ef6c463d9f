/** The colours and measures of the web client, so that the reference belongs to the same house. */
export const docsStyle = `
:root{color-scheme:light dark;--paper:#FBF9F6;--surface:#FFFFFF;--line:#E8E2D9;--ink:#221D18;--soft:#6B6259;--pine:#1F6F54;--heart:#D6455D;--warning:#8F5F12}
@media (prefers-color-scheme:dark){:root{--paper:#14110E;--surface:#1D1916;--line:#332C26;--ink:#F3EDE6;--soft:#A89E93;--pine:#5FBF9A;--heart:#F0788C;--warning:#E0B050}}
*{box-sizing:border-box}
html{scroll-padding-top:16px}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 -apple-system,"Segoe UI",Roboto,"Apple SD Gothic Neo","Hiragino Sans","Noto Sans KR","Noto Sans JP",sans-serif}
a{color:var(--pine)}
a:focus-visible,summary:focus-visible{outline:2px solid var(--pine);outline-offset:2px}
.skip{position:absolute;left:-999px}
.skip:focus{left:16px;top:16px;background:var(--surface);padding:8px}
.page{display:grid;grid-template-columns:minmax(0,1fr);max-width:1200px;margin:0 auto;padding:16px;gap:32px}
@media (min-width:900px){.page{grid-template-columns:240px minmax(0,1fr)}nav{position:sticky;top:16px;align-self:start;max-height:calc(100vh - 32px);overflow:auto}}
nav h2{font-size:14px;margin:16px 0 4px;color:var(--soft)}
nav ul{list-style:none;margin:0;padding:0;font-size:14px}
nav li{padding:2px 0;overflow-wrap:anywhere}
h1{font-size:28px;margin:0 0 8px}
h2{font-size:22px;margin:40px 0 8px}
h3{font-size:18px;margin:0 0 4px}
h4{font-size:14px;margin:16px 0 4px;color:var(--soft)}
article{background:var(--surface);border:1px solid var(--line);border-radius:12px;padding:16px;margin:16px 0}
code,pre{font:14px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
code{overflow-wrap:anywhere}
pre{background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:12px;overflow:auto;margin:4px 0}
.route{display:flex;flex-wrap:wrap;gap:8px;align-items:baseline;margin:0 0 8px}
.method{font-weight:700;color:var(--pine);min-width:64px}
.DELETE{color:var(--heart)}
.soft{color:var(--soft);font-size:14px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;vertical-align:top;padding:6px 12px 6px 0;border-top:1px solid var(--line)}
th{color:var(--soft);font-weight:600;border-top:0}
tr:target td,article:target{background:color-mix(in srgb,var(--pine) 12%,var(--surface))}
.required{color:var(--warning)}
details{margin:4px 0}
summary{cursor:pointer;color:var(--soft);font-size:14px;padding:4px 0}
`.trim();
