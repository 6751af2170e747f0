/** The same question as a command or a program, ready to copy. */
export interface Call {
  /** Where the API listens: `http://127.0.0.1:8000`. */
  readonly base: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** It is read from the environment: DEJA_API_KEY. */
  readonly needsKey: boolean;
}

export const LANGUAGES = ['curl', 'TypeScript', 'Python'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Whole, so that it runs when it is pasted. */
export function snippet(language: Language, call: Call): string {
  const url = call.base + call.path;
  const withKey = (line: string) => (call.needsKey ? [line] : []);
  switch (language) {
    case 'curl':
      return [
        `curl -s ${url} \\`,
        ...withKey('  -H "Authorization: Bearer $DEJA_API_KEY" \\'),
        `  -H 'Content-Type: application/json' -H 'Prefer: wait=10' \\`,
        `  -d '${JSON.stringify(call.body).replaceAll("'", "'\\''")}'`,
      ].join('\n');
    case 'TypeScript':
      return [
        `const res = await fetch('${url}', {`,
        `  method: 'POST',`,
        `  headers: {`,
        ...withKey(`    Authorization: 'Bearer ' + process.env.DEJA_API_KEY,`),
        `    'Content-Type': 'application/json',`,
        `    Prefer: 'wait=10',`,
        `  },`,
        `  body: JSON.stringify(${JSON.stringify(call.body)}),`,
        `});`,
        `console.log(res.headers.get('x-cache'), await res.json());`,
      ].join('\n');
    case 'Python':
      return [
        `import json, ${call.needsKey ? 'os, ' : ''}urllib.request`,
        ``,
        `body = json.loads(${JSON.stringify(JSON.stringify(call.body))})`,
        `req = urllib.request.Request(`,
        `    "${url}",`,
        `    json.dumps(body).encode(),`,
        `    {`,
        ...withKey('        "Authorization": "Bearer " + os.environ["DEJA_API_KEY"],'),
        `        "Content-Type": "application/json",`,
        `        "Prefer": "wait=10",`,
        `    },`,
        `)`,
        `with urllib.request.urlopen(req) as res:`,
        `    print(res.headers["x-cache"], json.load(res))`,
      ].join('\n');
  }
}

/** For the eye: the first rows of a series, and how many more there are. */
export function shortened(body: Readonly<Record<string, unknown>>, keep = 3): string {
  const { data } = body;
  if (!Array.isArray(data) || data.length <= keep) return JSON.stringify(body);
  const rows = data.slice(0, keep).map((row) => JSON.stringify(row));
  const more = `… ${data.length - keep} more rows`;
  return JSON.stringify({ ...body, data: '@' }).replace('"@"', `[${rows.join(',')}, ${more}]`);
}
