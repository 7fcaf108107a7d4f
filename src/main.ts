/** @file The page's entry: isolation first, then the visitor's language, then the page, then the laboratory in its worker; last what keeps it all for offline use. */
import { mount } from 'svelte';
import './ui/styles/base.css';
import App from './ui/frame/App.svelte';
import { isolate } from './ui/frame/isolation.ts';
import { surviveTranslation } from './ui/frame/translated.ts';
import { start as startLanguage } from './ui/messages/visitor.ts';
import { offline } from './ui/offline/offline.svelte.ts';
import { readQuery } from './ui/address/model-link.ts';
import { Lab } from './ui/session/lab.ts';
import { completeCrypto } from './insecure-context.ts';
import { createLab } from './worker/index.ts';

completeCrypto();

if (!(await isolate())) {
  const target = document.getElementById('app');
  if (!target) throw new Error('index.html has no #app.');
  surviveTranslation(target);
  // In a frame of another page: board, chart and what is done, without the masthead (`App.svelte`).
  if (new URLSearchParams(location.search).has('embed'))
    document.documentElement.dataset['embed'] = '';
  await startLanguage();
  const engine = createLab();
  const lab = new Lab(engine, readQuery(location.search, location.href));
  engine.onRestart((restart) => void lab.restarted(restart));
  engine.onGone((error) => {
    lab.gone(error);
  });
  engine.onSilence((isSilent) => {
    lab.silent(isSilent);
  });
  const onstartanew = (): void => {
    engine.startAnew();
  };
  mount(App, { target, props: { lab, onstartanew } });
  void lab
    .start()
    .then(() => offline.start(lab.session.info?.device.device ?? 'wasm', lab.model.folder));
}
