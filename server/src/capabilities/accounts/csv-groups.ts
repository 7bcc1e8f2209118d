/** Names of groups in one field of a CSV file, read and written alike: separated by `|`, which a name has as `\|`. */

export const writtenGroups = (groups: { name: string }[]): string =>
  groups.map(({ name }) => name.replaceAll(/[\\|]/g, '\\$&')).join('|');

/** Each once, without the spaces around it. */
export const groupsIn = (field: string): string[] => {
  const names = (field.match(/(?:\\[\\|]|[^|])+/g) ?? []).map((name) => name.replaceAll(/\\([\\|])/g, '$1').trim());
  return [...new Set(names)].filter((name) => name !== '');
};
