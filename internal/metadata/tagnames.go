package metadata

// tagNames are the tags of TIFF 6.0 and Exif 2.32 (CIPA DC-008 § 4.6) by the
// directory that they stand in: the chain itself (0) or behind a pointer.
var tagNames = map[uint16]map[uint16]string{
	0:           mainNames,
	exifPointer: exifNames,
	gpsPointer:  gpsNames,
	interop:     {1: "InteroperabilityIndex", 2: "InteroperabilityVersion"},
}

var mainNames = map[uint16]string{
	0x00fe: "NewSubfileType", 0x0100: "ImageWidth", 0x0101: "ImageLength", 0x0102: "BitsPerSample",
	0x0103: "Compression", 0x0106: "PhotometricInterpretation", 0x010e: "ImageDescription",
	0x010f: "Make", 0x0110: "Model", 0x0111: "StripOffsets", 0x0112: "Orientation",
	0x0115: "SamplesPerPixel", 0x0116: "RowsPerStrip", 0x0117: "StripByteCounts",
	0x011a: "XResolution", 0x011b: "YResolution", 0x011c: "PlanarConfiguration",
	0x0128: "ResolutionUnit", 0x012d: "TransferFunction", 0x0131: "Software", 0x0132: "DateTime",
	0x013b: "Artist", 0x013c: "HostComputer", 0x013d: "Predictor", 0x013e: "WhitePoint",
	0x013f: "PrimaryChromaticities", 0x0140: "ColorMap", 0x0142: "TileWidth", 0x0143: "TileLength",
	0x0144: "TileOffsets", 0x0145: "TileByteCounts", 0x014a: "SubIFDs", 0x0152: "ExtraSamples",
	0x0153: "SampleFormat", 0x0201: "JPEGInterchangeFormat", 0x0202: "JPEGInterchangeFormatLength",
	0x0211: "YCbCrCoefficients", 0x0212: "YCbCrSubSampling", 0x0213: "YCbCrPositioning",
	0x0214: "ReferenceBlackWhite", 0x02bc: "XMLPacket", 0x8298: "Copyright", 0x830e: "ModelPixelScale",
	0x8482: "ModelTiepoint", 0x87af: "GeoKeyDirectory", 0x8773: "ICCProfile", 0x9c9b: "XPTitle",
	0x9c9c: "XPComment", 0x9c9d: "XPAuthor", 0x9c9e: "XPKeywords", 0x9c9f: "XPSubject",
}

var exifNames = map[uint16]string{
	0x829a: "ExposureTime", 0x829d: "FNumber", 0x8822: "ExposureProgram", 0x8824: "SpectralSensitivity",
	0x8827: "ISOSpeedRatings", 0x8828: "OECF", 0x8830: "SensitivityType",
	0x8831: "StandardOutputSensitivity", 0x8832: "RecommendedExposureIndex", 0x9000: "ExifVersion",
	0x9003: "DateTimeOriginal", 0x9004: "DateTimeDigitized", 0x9010: "OffsetTime",
	0x9011: "OffsetTimeOriginal", 0x9012: "OffsetTimeDigitized", 0x9101: "ComponentsConfiguration",
	0x9102: "CompressedBitsPerPixel", 0x9201: "ShutterSpeedValue", 0x9202: "ApertureValue",
	0x9203: "BrightnessValue", 0x9204: "ExposureBiasValue", 0x9205: "MaxApertureValue",
	0x9206: "SubjectDistance", 0x9207: "MeteringMode", 0x9208: "LightSource", 0x9209: "Flash",
	0x920a: "FocalLength", 0x9214: "SubjectArea", 0x927c: "MakerNote", 0x9286: "UserComment",
	0x9290: "SubSecTime", 0x9291: "SubSecTimeOriginal", 0x9292: "SubSecTimeDigitized",
	0x9400: "Temperature", 0x9401: "Humidity", 0x9402: "Pressure", 0xa000: "FlashpixVersion",
	0xa001: "ColorSpace", 0xa002: "PixelXDimension", 0xa003: "PixelYDimension",
	0xa004: "RelatedSoundFile", 0xa20b: "FlashEnergy", 0xa20c: "SpatialFrequencyResponse",
	0xa20e: "FocalPlaneXResolution", 0xa20f: "FocalPlaneYResolution",
	0xa210: "FocalPlaneResolutionUnit", 0xa214: "SubjectLocation", 0xa215: "ExposureIndex",
	0xa217: "SensingMethod", 0xa300: "FileSource", 0xa301: "SceneType", 0xa302: "CFAPattern",
	0xa401: "CustomRendered", 0xa402: "ExposureMode", 0xa403: "WhiteBalance",
	0xa404: "DigitalZoomRatio", 0xa405: "FocalLengthIn35mmFilm", 0xa406: "SceneCaptureType",
	0xa407: "GainControl", 0xa408: "Contrast", 0xa409: "Saturation", 0xa40a: "Sharpness",
	0xa40b: "DeviceSettingDescription", 0xa40c: "SubjectDistanceRange", 0xa420: "ImageUniqueID",
	0xa430: "CameraOwnerName", 0xa431: "BodySerialNumber", 0xa432: "LensSpecification",
	0xa433: "LensMake", 0xa434: "LensModel", 0xa435: "LensSerialNumber",
}

var gpsNames = map[uint16]string{
	0: "GPSVersionID", 1: "GPSLatitudeRef", 2: "GPSLatitude", 3: "GPSLongitudeRef", 4: "GPSLongitude",
	5: "GPSAltitudeRef", 6: "GPSAltitude", 7: "GPSTimeStamp", 8: "GPSSatellites", 9: "GPSStatus",
	10: "GPSMeasureMode", 11: "GPSDOP", 12: "GPSSpeedRef", 13: "GPSSpeed", 14: "GPSTrackRef",
	15: "GPSTrack", 16: "GPSImgDirectionRef", 17: "GPSImgDirection", 18: "GPSMapDatum",
	19: "GPSDestLatitudeRef", 20: "GPSDestLatitude", 21: "GPSDestLongitudeRef",
	22: "GPSDestLongitude", 23: "GPSDestBearingRef", 24: "GPSDestBearing", 25: "GPSDestDistanceRef",
	26: "GPSDestDistance", 27: "GPSProcessingMethod", 28: "GPSAreaInformation", 29: "GPSDateStamp",
	30: "GPSDifferential", 31: "GPSHPositioningError",
}
