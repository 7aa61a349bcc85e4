export const redis = 'redis: {url: redis://127.0.0.1:6379/0}';
export const apps = 'apps: {com.example.app: {type: bell, topic: t}}';

/** A whole configuration with one section replaced; that section's text begins on line 1. */
export function withSection(section: string): string {
  const names = new Set(section.split('\n').map((line) => line.split(':')[0]));
  return [section, ...(names.has('redis') ? [] : [redis]), ...(names.has('apps') ? [] : [apps]), ''].join(
    '\n',
  );
}
