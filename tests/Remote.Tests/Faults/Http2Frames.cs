using System.Buffers.Binary;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>The HTTP/2 frames in what one direction of a connection has carried; it must be recorded.</summary>
internal sealed class Http2Frames(InMemoryConnection connection, NetworkDirection direction)
{
    public const byte Data = 0, GoAway = 7;

    private const int HeaderBytes = 9, PrefaceBytes = 24;

    private long _next = direction == NetworkDirection.ToServer ? PrefaceBytes : 0;
    private long _seen;

    /// <summary>The types of the frames that came since the last call.</summary>
    public List<byte> TakeNew()
    {
        List<byte> types = [];
        if (connection.BytesCarried(direction) == _seen)
        {
            return types;
        }

        var bytes = connection.Recorded(direction);
        _seen = bytes.Length;
        while (_next + HeaderBytes <= bytes.Length)
        {
            var header = bytes.AsSpan((int)_next, HeaderBytes);
            types.Add(header[3]);
            _next += HeaderBytes + (BinaryPrimitives.ReadUInt32BigEndian(header) >> 8);
        }

        return types;
    }

    /// <summary>Completes when there are more bytes than at the last <see cref="TakeNew"/>.</summary>
    public Task MoreAsync(TimeSpan? ceiling = null) => connection.WaitForBytesAsync(direction, _seen + 1, ceiling);

    /// <summary>Waits for a frame; others may come before it.</summary>
    public async Task WaitForAsync(byte type)
    {
        while (!TakeNew().Contains(type))
        {
            // Bytes are recorded before they are counted: one more counted is one more recorded.
            await MoreAsync();
        }
    }
}
