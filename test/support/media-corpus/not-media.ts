import { deflateRawSync, gzipSync } from "node:zlib";

/** What is no photo and no video, whatever name it comes under. */
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><script>alert('maru')</script></svg>`;

/** One file in an archive that is a thousand times as large when it is unpacked. */
function zipBomb(): Buffer {
  const unpackedBytes = 50_000_000;
  const data = deflateRawSync(Buffer.alloc(unpackedBytes), { level: 9 });
  const head = Buffer.alloc(30);
  head.write("PK\x03\x04", "latin1");
  head.writeUInt16LE(8, 8);
  head.writeUInt32LE(data.length, 18);
  head.writeUInt32LE(unpackedBytes, 22);
  head.writeUInt16LE(1, 26);
  return Buffer.concat([head, Buffer.from("a"), data]);
}

const playlist = (address: string): string =>
  `#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\n${address}\n#EXT-X-ENDLIST\n`;

/** Lists that lead a player elsewhere: to a file of this machine, and to a server. */
export function playlists(serverUrl: string): readonly (readonly [name: string, bytes: Buffer])[] {
  return (
    [
      ["HLS of a file", playlist("file:///etc/passwd")],
      ["HLS of a server", playlist(`${serverUrl}/hls.ts`)],
      ["HLS of both, joined", playlist(`concat:${serverUrl}/concat.ts|file:///etc/passwd`)],
      ["ffconcat of a file", "ffconcat version 1.0\nfile /etc/passwd\n"],
      ["ffconcat of a server", `ffconcat version 1.0\nfile ${serverUrl}/ffconcat.mp4\n`],
      ["DASH", `<?xml version="1.0"?><MPD><BaseURL>${serverUrl}/dash</BaseURL></MPD>`],
      ["SDP", `v=0\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\na=control:${serverUrl}/sdp\n`],
    ] as const
  ).map(([name, text]) => [name, Buffer.from(text)]);
}

export const notMedia: readonly (readonly [name: string, bytes: Buffer])[] = [
  ["nothing", Buffer.alloc(0)],
  ["one byte", Buffer.from([0xff])],
  ["the beginning of a JPEG's first mark", Buffer.from([0xff, 0xd8])],
  ["a text", Buffer.from("It was a dark and stormy night. ".repeat(200))],
  ["a text with the word of a video", Buffer.from("Onlymoov and then more. ".repeat(200))],
  ["zeros", Buffer.alloc(10_000)],
  ["a page", Buffer.from("<!doctype html><script>alert('maru')</script>")],
  ["an SVG", Buffer.from(svg)],
  ["an SVG with a head", Buffer.from(`<?xml version="1.0"?>\n<!-- \xff\xd8\xff -->${svg}`)],
  ["a packed SVG", gzipSync(svg)],
  ["an archive that is huge when it is unpacked", zipBomb()],
  ["a document that holds a JPEG", Buffer.from("%PDF-1.4\n\xff\xd8\xff\xe0", "latin1")],
  ["a drawing of PostScript", Buffer.from("%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) run\n")],
  [
    "a script of ImageMagick",
    Buffer.from("push graphic-context\nimage over 0,0 0,0 'url(file:///etc/passwd)'\n"),
  ],
  ["a picture of X", Buffer.from('/* XPM */\nstatic char *x[] = {"1 1 1 1","a c #000","a"};')],
  ["a portable bitmap", Buffer.from("P6 1 1 255\nabc")],
  ["a picture of stars", Buffer.from("SIMPLE  =                    T".padEnd(2_880))],
  ["a picture of Windows", Buffer.concat([Buffer.from("BM"), Buffer.alloc(100)])],
  ["an icon", Buffer.from([0, 0, 1, 0, 1, 0, 16, 16, 0, 0, 1, 0, 32, 0])],
  ["a sound", Buffer.concat([Buffer.from("ID3\x03\0\0\0\0\0\0", "latin1"), Buffer.alloc(200)])],
  ["a video of Windows", Buffer.concat([Buffer.from("RIFF\x20\0\0\0AVI LIST"), Buffer.alloc(50)])],
  [
    "a video of Flash",
    Buffer.concat([Buffer.from("FLV\x01\x05\0\0\0\x09", "latin1"), Buffer.alloc(50)]),
  ],
  [
    "a stream of a television",
    Buffer.alloc(188 * 10, Buffer.concat([Buffer.from([0x47]), Buffer.alloc(187)])),
  ],
  ["a photo of a newer phone (HEIC)", isoFile("heic", ["mif1", "heic"])],
  ["a raw photo of Canon", isoFile("crx ", ["crx ", "isom"])],
  ["a song", isoFile("M4A ", ["M4A ", "isom"])],
  ["a document of another kind", isoFile("mjp2", ["mjp2"])],
  [
    "a raw photo as TIFF",
    Buffer.concat([Buffer.from("II*\0\x10\0\0\0CR\x02\0", "latin1"), Buffer.alloc(500)]),
  ],
];

/** A file that says of itself what it is, and nothing else. */
function isoFile(major: string, brands: readonly string[]): Buffer {
  const bytes = 16 + brands.length * 4;
  const head = Buffer.alloc(8);
  head.writeUInt32BE(bytes, 0);
  head.write("ftyp", 4);
  return Buffer.concat([
    head,
    Buffer.from(`${major}\0\0\0\0${brands.join("")}`, "latin1"),
    Buffer.from("\0\0\0\x08mdat", "latin1"),
    Buffer.alloc(200),
  ]);
}
