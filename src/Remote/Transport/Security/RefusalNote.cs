using System.Buffers.Binary;
using System.Text;

namespace Remote;

/// <summary>
/// What the side that turns a peer away says to it, so that both can log why: TLS on Linux sends no alert about a certificate, and a peer of TLS 1.3
/// would only see its connection end. The note is plain HTTP/2, empty settings and a GOAWAY with INADEQUATE_SECURITY whose debug data is the
/// reason, so that others understand it too (docs/protocol.md).
/// </summary>
internal static class RefusalNote
{
    private const int HeaderBytes = 9;
    private const int GoAwayBytes = 8;
    private const byte Settings = 4;
    private const byte GoAway = 7;
    private const uint InadequateSecurity = 0xC;

    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <param name="reason">Anything; what is no printable ASCII is replaced.</param>
    /// <param name="byClient">Whether the side that dialled says it: clients speak first in HTTP/2, by a preface.</param>
    public static byte[] Of(string reason, bool byClient)
    {
        var text = Encoding.ASCII.GetBytes(PrintableText.Of(reason));
        var begin = byClient ? Preface.Length : 0;
        var note = new byte[begin + HeaderBytes + HeaderBytes + GoAwayBytes + text.Length];
        Preface[..begin].CopyTo(note);
        var rest = note.AsSpan(begin);
        rest[3] = Settings;
        rest = rest[HeaderBytes..];
        BinaryPrimitives.WriteUInt16BigEndian(rest[1..], (ushort)(GoAwayBytes + text.Length));
        rest[3] = GoAway;
        BinaryPrimitives.WriteUInt32BigEndian(rest[(HeaderBytes + 4)..], InadequateSecurity);
        text.CopyTo(rest[(HeaderBytes + GoAwayBytes)..]);
        return note;
    }

    /// <summary>The reason, if the first bytes of a connection are such a note; <see langword="null"/> otherwise.</summary>
    public static string? Read(ReadOnlySpan<byte> first, bool byClient)
    {
        if (byClient)
        {
            if (!first.StartsWith(Preface))
            {
                return null;
            }

            first = first[Preface.Length..];
        }

        if (first.Length < HeaderBytes + HeaderBytes + GoAwayBytes || first[..3].ContainsAnyExcept((byte)0) || first[3] != Settings)
        {
            return null;
        }

        first = first[HeaderBytes..];
        var length = (first[0] << 16) | (first[1] << 8) | first[2];
        var isNote = first[3] == GoAway && length is >= GoAwayBytes and <= GoAwayBytes + PrintableText.MaxLength
            && first.Length >= HeaderBytes + length
            && BinaryPrimitives.ReadUInt32BigEndian(first[(HeaderBytes + 4)..]) == InadequateSecurity;
        return isNote ? PrintableText.Of(Encoding.Latin1.GetString(first[(HeaderBytes + GoAwayBytes)..(HeaderBytes + length)])) : null;
    }
}
