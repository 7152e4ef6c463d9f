import { describe, expect, it } from "vitest";
import { streamsOf } from "./ffprobe.ts";

const video = {
  ...{ index: 0, codec_name: "h264", codec_type: "video", width: 1_440, height: 1_080 },
  ...{ sample_aspect_ratio: "4:3", color_transfer: "bt709", duration: "2.5" },
};
const audio = { index: 1, codec_name: "aac", codec_type: "audio" };

const read = (streams: readonly object[], format: object = { duration: "3.25" }) =>
  streamsOf(JSON.stringify({ streams, format }));
const faultOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe("what ffprobe says", () => {
  it("tells which streams are shown, in which size and for how long", () => {
    expect(read([video, audio])).toEqual({
      video: {
        ...{ index: 0, width: 1_440, height: 1_080, transfer: null },
        shown: { width: 1_920, height: 1_080 },
      },
      audio: 1,
      durationS: 3.25,
    });
  });

  it("has the sides change places where the picture is turned by a quarter", () => {
    const shown = (rotation: unknown) =>
      read([{ ...video, side_data_list: [{}, { rotation }] }]).video.shown;
    const lying = { width: 1_920, height: 1_080 };
    const upright = { width: 1_080, height: 1_920 };
    expect([0, 90, -90, 180, 270, "90", null].map(shown)).toEqual([
      ...[lying, upright, upright, lying, upright, lying, lying],
    ]);
  });

  it("leaves out covers, sounds that are not known, and all after the first", () => {
    const cover = { ...video, index: 5, disposition: { attached_pic: 1 } };
    const unknown = { ...audio, index: 6, codec_name: "apac" };
    const { video: chosen, audio: sound } = read([
      ...[unknown, cover, { ...video, index: 7 }, { ...audio, index: 8 }],
      ...[{ ...video, index: 9 }, audio],
    ]);
    expect([chosen.index, sound]).toEqual([7, 8]);
    expect(read([video, unknown]).audio).toBeNull();
  });

  it("takes no shape of pixels that is a prank", () => {
    const width = (ratio: unknown) =>
      read([{ ...video, sample_aspect_ratio: ratio }]).video.shown.width;
    expect(["1:1", "0:1", "1:0", "99999:1", "1:99999", "", 7, undefined].map(width)).toEqual(
      Array(8).fill(1_440),
    );
    expect(width("1:2")).toBe(720);
  });

  it("knows the colours of newer phones", () => {
    const transfer = (name: string) => read([{ ...video, color_transfer: name }]).video.transfer;
    expect(["arib-std-b67", "smpte2084", "bt709"].map(transfer)).toEqual([
      ...["arib-std-b67", "smpte2084", null],
    ]);
  });

  it("may name no time, and takes that of the picture then", () => {
    expect(read([video], {}).durationS).toBe(2.5);
    const silent = { ...video, duration: "N/A" };
    expect(
      [{}, { duration: "-1" }, { duration: 4 }].map((format) => read([silent], format).durationS),
    ).toEqual([...[null, null, null]]);
  });

  it("refuses what shows nothing, or nothing that is known", () => {
    const unsupported = { fault: "unsupported" };
    const broken = { fault: "broken" };
    expect(faultOf(() => read([]))).toMatchObject(unsupported);
    expect(faultOf(() => read([audio]))).toMatchObject(unsupported);
    expect(faultOf(() => read([{ ...video, codec_name: "ffv1" }]))).toMatchObject(unsupported);
    expect(faultOf(() => read([{ ...video, width: 0 }]))).toMatchObject(broken);
    expect(faultOf(() => read([{ ...video, height: "1080" }]))).toMatchObject(broken);
    expect(faultOf(() => streamsOf("{}"))).toMatchObject(unsupported);
    expect(faultOf(() => streamsOf("ffprobe"))).toMatchObject(broken);
  });
});
