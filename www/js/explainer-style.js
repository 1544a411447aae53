// How an element looks. What a page may change of it are its parts and the custom properties that begin with --negah-.

export const STYLE = new CSSStyleSheet();

STYLE.replaceSync(`
:host { display: block; --accent: var(--negah-accent, light-dark(#2a5597, #8fb5ee)); --line: var(--negah-line, color-mix(in srgb, currentColor 25%, transparent)); --veil: var(--negah-veil, color-mix(in srgb, Canvas 55%, transparent)); }
:host([hidden]), [hidden] { display: none !important; }
figure, fieldset, legend, ol { margin: 0; padding: 0; border: 0; }
figure, .controls { display: grid; gap: .5em; }
.frame { display: grid; grid-template-columns: minmax(0, 1fr); align-items: start; min-block-size: 6em; }
.frame > * { grid-area: 1 / 1; }
.plate { position: relative; inline-size: min(100%, 85svh * var(--ratio)); aspect-ratio: var(--ratio); overflow: hidden; isolation: isolate; direction: ltr; }
canvas { display: block; inline-size: 100%; block-size: 100%; }
.window { position: absolute; inset-inline-start: calc(100% * var(--crop-x)); inset-block-start: calc(100% * var(--crop-y)); inline-size: calc(100% * var(--crop-width)); block-size: calc(100% * var(--crop-height)); box-shadow: 0 0 0 200vmax var(--veil); }
.faint { --veil: #fff9; background: #fff; }
.faint > canvas { filter: grayscale(1); opacity: .15; }
.grid > canvas { display: none; }
.grid canvas { image-rendering: pixelated; }
.box { z-index: 1; align-self: end; display: grid; gap: .4em; padding: .6em .8em; border: 1px solid var(--line); background: var(--negah-paper, Canvas); color: var(--negah-ink, CanvasText); font-size: .875em; overflow-wrap: anywhere; }
.progress { animation: appear 0s .15s backwards; }
@keyframes appear { from { visibility: hidden; } }
.error { border-inline-start: 4px solid var(--accent); }
progress { inline-size: 100%; }
progress, input { accent-color: var(--accent); }
button { justify-self: start; min-block-size: 24px; font: inherit; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
legend, .opacity { font-size: .875em; }
li, .opacity { border-block-start: 1px solid var(--line); padding-block: .35em; list-style: none; }
label { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; align-items: center; gap: .2em .6em; }
input { margin: 0; }
:checked ~ .class-name { font-weight: 600; }
.class-bar { grid-column: 2 / -1; block-size: 3px; background: linear-gradient(var(--accent), var(--accent)) no-repeat 0 / calc(100% * var(--share)) 100%; }
:dir(rtl) > .class-bar { background-position: 100% 0; }
output { min-inline-size: 3.5em; text-align: end; }
@media (prefers-reduced-motion: reduce) { progress:indeterminate { display: none; } }
`);
