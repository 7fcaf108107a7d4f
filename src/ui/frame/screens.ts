/** @file The screens' modules: the laboratory comes with the page, the others when they are opened. */
import type { Component } from 'svelte';
import { speakOnScreens } from '../messages/index.ts';
import type { Lab } from '../session/lab.ts';
import { screens, type Screen } from '../address/screens.ts';

/** What a screen's module gives. */
export interface ScreenModule {
  default: Component<{ lab: Lab }>;
}

const modules = import.meta.glob<ScreenModule>([
  '../*/*Screen.svelte',
  '!../laboratory/LaboratoryScreen.svelte',
]);

/** A screen's code comes together with what it says; null for the laboratory, which is there. */
export async function load(screen: Screen): Promise<ScreenModule> {
  const component = screens.find(({ id }) => id === screen)?.component ?? '';
  const module = modules[`../${component}.svelte`];
  if (!module) throw new Error(`There is no screen ${screen}.`);
  const [loaded] = await Promise.all([module(), speakOnScreens()]);
  return loaded;
}
