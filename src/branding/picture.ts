/**
 * A logo somebody gives us, known by its content and never by its name. What is taken is small enough to be kept in
 * memory or a row, and to be shown by any phone.
 */
import { createHash } from 'node:crypto';

export interface Picture {
  content: Buffer;
  /** As in Content-Type. */
  type: PictureType;
  /** Of the content; the picture's address. */
  hash: string;
}

export type PictureType = 'image/png' | 'image/jpeg' | 'image/webp' | 'image/svg+xml';

export const MAX_PICTURE_BYTES = 100 * 1024;
// A few kilobytes of PNG can unfold to gigabytes of pixels.
const MAX_SIDE = 2048;

interface Size {
  width: number;
  height: number;
}

/** IHDR is always the first chunk. */
function sizeOfPng(content: Buffer): Size | undefined {
  const isPng = content.subarray(0, 8).toString('latin1') === '\x89PNG\r\n\x1a\n';
  if (!isPng || content.length < 24) return undefined;
  return { width: content.readUInt32BE(16), height: content.readUInt32BE(20) };
}

/** The size stands in the frame header (SOFn), after segments of any kind and length. */
function sizeOfJpeg(content: Buffer): Size | undefined {
  if (content.subarray(0, 3).toString('latin1') !== '\xff\xd8\xff') return undefined;
  for (let at = 2; at + 9 < content.length && content[at] === 0xff; at += 2 + content.readUInt16BE(at + 2)) {
    const marker = content[at + 1]!;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: content.readUInt16BE(at + 5), width: content.readUInt16BE(at + 7) };
  }
  return undefined;
}

/** Three kinds of WebP, each with its size elsewhere (RFC 9649 2.4 to 2.7). */
function sizeOfWebp(content: Buffer): Size | undefined {
  const name = content.subarray(0, 16).toString('latin1');
  if (!/^RIFF[\s\S]{4}WEBPVP8[ LX]$/.test(name) || content.length < 30) return undefined;
  if (name.endsWith('X'))
    return { width: content.readUIntLE(24, 3) + 1, height: content.readUIntLE(27, 3) + 1 };
  if (name.endsWith('L')) {
    const bits = content.readUInt32LE(21);
    return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
  }
  return { width: content.readUInt16LE(26) & 0x3fff, height: content.readUInt16LE(28) & 0x3fff };
}

/** What follows the first `end`, without the space before it; nothing when there is no end. */
function textAfter(text: string, end: string, from: number): string {
  const at = text.indexOf(end, from);
  return at < 0 ? '' : text.slice(at + end.length).trimStart();
}

/**
 * Whether it is a drawing at all. What it may contain is not judged here: as an <img> it runs nothing and loads nothing,
 * and opened by itself it is held by the policy it is served with (serve-branding.ts).
 */
function isSvg(content: Buffer): boolean {
  const text = content.toString('utf8').replace(/^\uFEFF/, '');
  let rest = text.trimStart();
  if (rest.startsWith('<?xml')) rest = textAfter(rest, '?>', '<?xml'.length);
  // Step by step: a pattern for any number of comments can be made to try every way of dividing them.
  while (rest.startsWith('<!--')) rest = textAfter(rest, '-->', '<!--'.length);
  // Without a document type there are no entities that unfold.
  return /^<svg[\s>]/.test(rest) && text.includes('http://www.w3.org/2000/svg') && !text.includes('<!ENTITY');
}

/** @returns the picture, or what it must be instead, to complete "The logo must ..." */
export function readPicture(content: Buffer): { picture: Picture } | { problem: string } {
  if (content.length > MAX_PICTURE_BYTES) return { problem: 'have at most 100 kB' };
  const readers = [
    ['image/png', sizeOfPng],
    ['image/jpeg', sizeOfJpeg],
    ['image/webp', sizeOfWebp],
  ] as const;
  for (const [type, readSize] of readers) {
    const size = readSize(content);
    if (!size) continue;
    const [shorter, longer] = [Math.min(size.width, size.height), Math.max(size.width, size.height)];
    if (shorter < 1 || longer > MAX_SIDE)
      return { problem: `have at most ${MAX_SIDE} pixels in width and height` };
    return { picture: toPicture(content, type) };
  }
  if (isSvg(content)) return { picture: toPicture(content, 'image/svg+xml') };
  return { problem: 'be a PNG, JPEG, WebP or SVG picture' };
}

function toPicture(content: Buffer, type: PictureType): Picture {
  return { content, type, hash: createHash('sha256').update(content).digest('hex').slice(0, 32) };
}
