/** Templates that would never end or fill the memory are stopped; ones as people write them are rendered. */
import { Template } from '@huggingface/jinja';
import { describe, expect, it } from 'vitest';
import { compileTemplate, TemplateLimitError, templateLimits } from './template.ts';

/** Each doubles a text or a list many times over. */
const grown = (times: number, begin: string, step: string): string =>
  `{% set ns = namespace(x=${begin}) %}{% for i in range(${times}) %}{% set ns.x = ${step} %}{% endfor %}`;

/** A text of 131,072 characters, which is allowed. */
const long = grown(14, "'aaaaaaaa'", 'ns.x ~ ns.x');

const endless: Record<string, string> = {
  'a range of a thousand million': '{% for i in range(1000000000) %}{{ i }}{% endfor %}',
  'a range that goes back':
    '{% for i in range(0, -1000000000, -1) %}{% endfor %}{{ range(9, 0) | length }}',
  'loops within loops that do nothing':
    '{% for i in range(10000) %}{% for j in range(10000) %}{% endfor %}{% endfor %}',
  'loops within loops that write':
    '{% for i in range(9000) %}{% for j in range(9000) %}{{ i }}{% endfor %}{% endfor %}',
  'a loop with a condition that is never met':
    '{% for i in range(9000) %}{% for j in range(9000) if j < 0 %}{% endfor %}{% endfor %}',
  'a macro that calls itself': '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}',
  'a macro that calls itself twice':
    '{% macro f(n) %}{% if n > 1 %}{{ f(n - 1) }}{{ f(n - 2) }}{% endif %}{% endmacro %}{{ f(90) }}',
  'two macros that call each other':
    '{% macro f() %}{{ caller() }}{% endmacro %}{% macro g() %}{% call f() %}{{ g() }}{% endcall %}{% endmacro %}{{ g() }}',
  'a text that is doubled': `${grown(90, "'aa'", 'ns.x ~ ns.x')}{{ ns.x }}`,
  'a text that is doubled by +': `${grown(90, "'aa'", 'ns.x + ns.x')}{{ ns.x }}`,
  'a list that is doubled': `${grown(90, '[1, 2]', 'ns.x + ns.x')}{{ ns.x | length }}`,
  'a list of itself twice, written out': `${grown(90, '[1]', '[ns.x, ns.x]')}{{ ns.x | tojson }}`,
  'a mapping of itself twice, written out': `${grown(90, '1', "{'a': ns.x, 'b': ns.x}")}{{ ns.x }}`,
  'a namespace of itself twice':
    '{% set ns = namespace(x=1) %}{% for i in range(90) %}{% set ns = namespace(a=ns, b=ns) %}{{ ns }}{% endfor %}',
  'a namespace that holds itself':
    '{% set ns = namespace(x=1) %}{% set ns.x = ns %}{{ ns | string }}',
  'a letter replaced by a long text': `${long}{{ ns.x | replace('a', ns.x) | length }}`,
  'nothing replaced by a long text': `${long}{{ ns.x.replace('', ns.x) | length }}`,
  'a method that was kept': `${long}{% set f = ns.x['replace'] %}{{ f('a', ns.x) | length }}`,
  'a wide indent': "{{ 'a\nb' | indent(500000000) }}",
  'a wide indent by its name': "{{ 'a\nb' | indent(width=500000000, first=true) }}",
  'a wide indent in a list': "{{ 'a\nb' | indent(*[500000000]) }}",
  'a wide indent in a mapping': "{{ 'a\nb' | indent(**{'width': 500000000}) }}",
  'a wide indent around a block': '{% filter indent(500000000) %}a\nb{% endfilter %}',
  'a wide indent of JSON': '{{ [[1, 2], [3]] | tojson(indent=500000000) }}',
  'a long text between many': `${long}{{ range(9000) | join(ns.x) | length }}`,
  'long separators of JSON': `${long}{{ range(9000) | tojson(separators=(ns.x, ns.x)) | length }}`,
  'a long text written again and again': `${long}{% for i in range(9000) %}{{ ns.x }}{% endfor %}`,
  'a long text split again and again': `${grown(12, "'a b c d '", 'ns.x ~ ns.x')}{% for i in range(9000) %}{% set z = ns.x.split() %}{% endfor %}`,
  'a long list written again and again': `{% set l = range(9000) %}{% for i in range(9000) %}{{ l }}{% endfor %}`,
  'a long list sorted again and again':
    '{% set l = range(9000) %}{% for i in range(9000) %}{% set z = l | sort(reverse=true) %}{% endfor %}',
  'names that are not known':
    '{% for i in range(9000) %}{% for j in range(9000) %}{{ nothing }}{% endfor %}{% endfor %}',
  'brackets within brackets': `{{ ${'('.repeat(9000)}1${')'.repeat(9000)} }}`,
  'a long sum': `{{ ${Array(9000).fill('1').join(' + ')} }}`,
  'a thousand alternatives': `{% if false %}${'{% elif false %}'.repeat(1000)}{% endif %}`,
  'blocks within blocks': `${'{% if true %}'.repeat(3000)}x${'{% endif %}'.repeat(3000)}`,
  'a hundred thousand spaces': ' '.repeat(100_000),
  'a hundred thousand spaces in a statement': `{%${' '.repeat(100_000)}set x = 1 %}`,
  'a million letters': 'a'.repeat(1_000_000),
};

describe('a template that would not end', () => {
  it.each(Object.entries(endless))('is stopped: %s', (_name, source) => {
    expect(() => compileTemplate(source)({ messages: [] })).toThrow(TemplateLimitError);
  });

  it('is stopped in each rendering anew', () => {
    const render = compileTemplate('{% for i in range(n) %}{{ i }}{% endfor %}');
    expect(render({ n: 3 })).toBe('012');
    expect(() => render({ n: 10_001 })).toThrow(/more than 10000 numbers/);
    expect(render({ n: 2 })).toBe('01');
  });
});

describe('a template within its limits', () => {
  it('has far more room than a long conversation takes', () => {
    const messages = Array.from({ length: 40 }, (_, at) => ({
      role: at % 2 === 0 ? 'user' : 'assistant',
      content: 'word '.repeat(200),
    }));
    // Looks for the last question in every turn, as templates of models that think do.
    const source = `{%- set ns = namespace(last=0) %}{%- for message in messages[::-1] %}{%- set at = (messages | length - 1) - loop.index0 %}{%- if ns.last == 0 and message.role == 'user' %}{%- set ns.last = at %}{%- endif %}{%- endfor %}
{%- for message in messages %}{%- if loop.index0 > ns.last or messages[loop.index0].role == 'user' %}{{- message.content.split('</think>')[-1].lstrip('\\n') }}{%- else %}{{- message.content | trim }}{%- endif %}{{- '\\n' }}{%- endfor %}`;
    const written = compileTemplate(source)({ messages });
    expect(written.split('\n').filter((line) => line.startsWith('word word'))).toHaveLength(40);
  });

  it('filters and methods give what they gave: their arguments are evaluated once', () => {
    const source =
      "{{ 'a\nb' | indent(2, first=true) }}{{ [1, 2] | join(sep) }}{{ 'aXbX' | replace('X', sep) }}{{ 'aXbX'.replace('X', '', 1) }}" +
      "{{ {'a': [1]} | tojson(indent=1) }}{{ [1] | tojson(separators=(';', '=')) }}{% filter upper %}x{{ sep }}{% endfilter %}" +
      '{% for i in range(5, 0, -2) if i != 3 %}{{ i }}{{ loop.last }}{% endfor %}{% for i in range(3, 1) %}{% else %}none{% endfor %}';
    const written = compileTemplate(source)({ sep: '--' });
    expect(written).toBe('  a\n  b1--2a--b--abX{\n "a": [\n  1\n ]\n}[1]X--5false1truenone');
    expect(written).toBe(new Template(source).render({ sep: '--' }));
  });

  it('may use a text of the length that is allowed', () => {
    expect(compileTemplate(`${long}{{ ns.x | length }}`)({})).toBe('131072');
    expect(templateLimits.text).toBe(262_144);
  });
});
