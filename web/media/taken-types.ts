/**
 * What a device's own choice of files offers. Each type by its name: where a page takes any picture, an
 * iPhone sends HEIC, which the server does not take; where HEIC is not among the names, it sends JPEG.
 */
export const takenPictures = "image/jpeg,image/png,image/gif,image/webp,image/avif,image/tiff";
export const takenFiles = `${takenPictures},video/*`;
