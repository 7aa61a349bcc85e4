import { readFileSync, writeFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

/*
 * `unzip-one.mjs ARCHIVE NAME FILE`: writes one member of a zip archive to a file. In plain JavaScript, for script/bootstrap, where there may be no unzip.
 */
const [archive, name, file] = process.argv.slice(2);
const zip = readFileSync(archive);
writeFileSync(file, contentOf(memberAt()));

/** Where the directory has the member. The end record, the last thing, says where the directory is (APPNOTE.TXT 4.3.16 and 4.3.12). */
function memberAt() {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06'));
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    if (zip.toString('utf8', at + 46, at + 46 + nameBytes) === name) return at;
    at += 46 + nameBytes + extraBytes + commentBytes;
  }
  throw new Error(`${archive} holds no ${name}`);
}

function contentOf(at) {
  const [isStored, size, header] = [
    zip.readUInt16LE(at + 10) === 0,
    zip.readUInt32LE(at + 20),
    zip.readUInt32LE(at + 42),
  ];
  const begin = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
  const data = zip.subarray(begin, begin + size);
  return isStored ? data : inflateRawSync(data);
}
