/**
 * No file may import itself by way of others. Imports of types count too, except those of components: dependency-cruiser reads a component
 * as Svelte compiles it, without types.
 */
export default {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'Move what both files need into a file of its own.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    exclude: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.svelte', '.js', '.json'] },
  },
};
