using System.IO.Compression;
using VmObs.Signals.Ports;

namespace VmObs.Tests.Support;

/// <summary>Compresses bodies as senders do.</summary>
public static class Coded
{
    public static byte[] Body(byte[] plain, ContentCoding coding)
    {
        using var coded = new MemoryStream();
        using (Stream stream = coding switch
        {
            ContentCoding.Gzip => new GZipStream(coded, CompressionLevel.Optimal),
            ContentCoding.Deflate => new ZLibStream(coded, CompressionLevel.Optimal),
            ContentCoding.Zstd => Zstd(coded),
            _ => throw new ArgumentOutOfRangeException(nameof(coding)),
        })
            stream.Write(plain);
        return coded.ToArray();
    }

    private static ZstdSharp.CompressionStream Zstd(Stream coded)
    {
        var stream = new ZstdSharp.CompressionStream(coded, leaveOpen: true);
        stream.SetParameter(ZstdSharp.Unsafe.ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
        return stream;
    }
}
