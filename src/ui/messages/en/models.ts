/** @file What the screen “Models” says. */
export const models = {
  title: 'Models',
  running: 'A run is going on: stop it before you load another model.',

  now: {
    title: 'In use',
    loading: 'Loading',
    embedded: 'Atlas comes with the page and needs no download.',
    useEmbedded: 'Use Atlas',
    parameters: (count: string): string => `${count} parameters`,
    trainable: 'It can be asked and taught.',
    untrainable: (reason: string): string => `It can be asked but not taught. ${reason}`,
    failed: (reason: string): string => `The model could not be loaded. ${reason}`,
    toLab: 'Go to the laboratory',
    last: (id: string, variant: string): string => `Last time you used ${id} (${variant}).`,
    useLast: 'Use it again',
    wanted: (id: string): string =>
      `This link is meant for ${id}, which is not on this computer yet. Download it below, or go on with Atlas.`,
  },

  hub: {
    title: 'From the Hugging Face Hub',
    intro:
      'Models are fetched from the Hub once and kept in this browser. Nothing that you type or teach is sent there.',
    other: (host: string): string => `Models come from ${host} instead of the Hub.`,
    id: 'Name of a model on the Hub',
    hint: 'For example owner/name',
    look: 'Look it up',
    looking: 'Asking the Hub',
    list: 'Good small ones',
    millions: (count: string): string => `${count} million parameters`,
    billions: (count: string): string => `${count} billion parameters`,
    licence: (name: string): string => `Licence: ${name}`,
    noLicence: 'Licence: not told',
    languages: (names: string): string => `Languages: ${names}`,
    languageCount: (count: string): string => `${count} languages`,
    languagesAndMore: (names: string, count: string): string =>
      `${count} languages, among them ${names}`,
    noLanguages: 'Languages: not told',
    variants: 'Variants',
    variant: 'Variant',
    size: 'Download',
    memory: 'Memory in use',
    about: (amount: string): string => `about ${amount}`,
    chosen: (reason: string): string => `Chosen for this device: ${reason}`,
    here: 'on this computer',
    partly: (present: string): string => `${present} already here`,
    download: (size: string): string => `Download ${size}`,
    resume: (size: string): string => `Go on: ${size} left`,
    anyway: 'Try it all the same',
    load: 'Use it',
  },

  variants: {
    fp32: 'Full precision',
    fp16: 'Half precision',
    q4: '4 bits',
    q4f16: '4 bits, half precision',
    int8: '8 bits',
    uint8: '8 bits, unsigned',
    quantized: '8 bits, mixed',
  } as Readonly<Record<string, string>>,

  reasons: {
    whole: 'it is small enough to be taken whole.',
    'half-on-gpu': 'this graphics card computes in half precision, and 4 bits are the smallest.',
    'four-bits': '4 bits take the least memory here.',
    'eight-bits': '8 bits are the smallest of its kind that fits.',
    half: 'half precision is the smallest that fits.',
    only: 'it is the only one that fits.',
    'nothing-fits': 'nothing fits this device; this one comes closest.',
  },

  obstacles: {
    unsupported: 'Its kind of weights is not supported.',
    file: (bytes: string): string =>
      `One file has ${bytes}, more than this browser can hold in one piece.`,
    memory: (needed: string, available: string): string =>
      `It needs about ${needed} of memory; about ${available} can be used here.`,
    buffer: (needed: string, available: string): string =>
      `Its vocabulary needs a buffer of ${needed}; this graphics card allows ${available}.`,
  },

  download: {
    title: (id: string, variant: string): string => `Downloading ${id} (${variant})`,
    bytes: (loaded: string, total: string): string => `${loaded} of ${total}`,
    speed: (bytes: string): string => `${bytes} a second`,
    starting: 'Starting',
    cancel: 'Cancel',
    label: 'Progress of the download',
    cancelled: 'The download was cancelled. What has come so far is kept, and it can go on later.',
    done: (id: string): string => `${id} is on this computer now.`,
  },

  failures: {
    id: (id: string): string =>
      `“${id}” is not a model’s name. It should look like owner/name, as on the model’s page.`,
    network:
      'The Hub does not answer. Check the network and try again: what has come so far is kept. Models on this computer work without it.',
    noModel: (id: string, revision: string): string =>
      `There is no model ${id} (${revision}) that everyone may see. Check the spelling on the Hub.`,
    gated: (id: string): string =>
      `${id} is only given to people who have signed in and accepted its terms. Sign in on the Hub, download its files there, and open the folder here.`,
    quota: (needed: string, available: string): string =>
      `There is no room: ${needed} are needed and ${available} are free for this page. Delete models below, or free space on the disk.`,
    noOnnx: (id: string): string =>
      `${id} has no ONNX files in the folder onnx. Look for a version of it by onnx-community.`,
    notDecoder: (id: string, what: string): string =>
      `${id} is not a model that continues text (${what}). Choose one for text generation.`,
    length: (path: string, expected: string, got: string): string =>
      `${path} should have ${expected} bytes, and the server sent ${got}. Try again later, or choose another variant.`,
    server: (status: string): string => `The Hub answered with error ${status}. Try again later.`,
    missing: (names: string): string =>
      `These files are missing: ${names}. Choose the whole folder of the model.`,
    busy: 'Another tab is downloading this model. Wait until it has finished, or close it.',
    storage: (detail: string): string =>
      `This browser keeps no files for this page (${detail}). In a private window that is normal: use an ordinary one, or open a folder.`,
  },

  local: {
    title: 'From this computer',
    intro:
      'A folder as it is on the Hub: config.json, tokenizer.json, tokenizer_config.json and the folder onnx. Its files may also be dropped in one heap.',
    choose: 'Choose a folder',
    chooseFiles: 'Choose files',
    drop: 'Or drop them here',
    found: (name: string): string => `Found in ${name}`,
  },

  cached: {
    title: 'On this computer',
    none: 'No model of the Hub is kept in this browser yet.',
    sum: (bytes: string): string => `${bytes} in all`,
    whole: 'whole',
    partly: (present: string, total: string): string => `${present} of ${total}`,
    use: (id: string, variant: string): string => `Use ${id} (${variant})`,
    goOn: (id: string, variant: string): string => `Go on downloading ${id} (${variant})`,
    remove: (id: string, variant: string): string => `Delete ${id} (${variant})`,
    removeAll: (id: string): string => `Delete ${id}`,
    confirm: 'Delete it from this computer?',
    yes: 'Delete',
    no: 'Keep',
    inUse: 'in use',
    buttons: { use: 'Use it', goOn: 'Go on', remove: 'Delete' },
  },

  files: {
    title: 'What it was taught, as a file',
    intro:
      'The adapter of the state in use, in the format of PEFT: it loads in Python on the original model, and an adapter made there can be opened here.',
    save: 'Save the adapter',
    open: 'Open an adapter',
    openHint: 'Choose adapter_config.json and adapter_model.safetensors together.',
    incomplete:
      'Both adapter_config.json and adapter_model.safetensors are needed: choose the two together.',
    opened: (name: string): string => `${name} was opened: the laboratory asks it now.`,
    packed: 'The original has these projections in one',
    merge: 'Save the whole model as ONNX',
    mergeHint:
      'With the adapter merged in, for ONNX Runtime without Lethe. Projections that were taught are written in the precision that they are computed in, which for 4 bits makes the file larger.',
    making: 'Putting the files together',
    saved: (names: string): string => `Saved: ${names}`,
  },

  adapter: {
    title: 'The adapter',
    intro:
      'What is taught lies in small matrices beside the model’s own, which stay as they are. Another adapter has a history of its own.',
    modules: 'Projections',
    layers: 'Layers',
    layersHint: 'For example 0-3, 7; empty means all',
    badLayers: (last: string): string => `Write numbers from 0 to ${last}, such as 0-3, 7.`,
    noModules: 'Choose at least one projection.',
    rank: 'Rank',
    alpha: 'Alpha',
    numbers: (count: string): string => `${count} numbers to learn`,
    batch: 'Sentences a step',
    tokens: 'Words or pieces a sentence',
    memory: (total: string, weights: string, activations: string): string =>
      `A step takes about ${total}: ${weights} for the weights, ${activations} for what lies between.`,
    tooMuch: (needed: string, available: string): string =>
      `That is more than can be used here (${available} of the ${needed} needed). Choose fewer projections or layers, or a smaller model.`,
    apply: 'Load with this adapter',
    usual: 'Back to the usual one',
  },
};
