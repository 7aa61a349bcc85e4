import { readSettingFile, SettingError } from '@carillon/core';

/** The text of a credential's file; a `SettingError` names the setting and the cure, and quotes nothing of it. */
export function readCredentialFile(setting: string, path: string, cure: string): string {
  const file = readSettingFile(path);
  if (!file.ok) throw new SettingError(setting, `${path} ${file.reason}: ${file.cure ?? cure}`);
  return file.content.toString(); // whatever stands around the PEM blocks need not be UTF-8
}
