using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace Remote;

/// <summary>Text from the wire: valid or refused, and refused without an exception.</summary>
internal static class Utf8Text
{
    internal static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out string? text)
    {
        text = Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
        return text is not null;
    }

    /// <summary>Reads a length and that much text.</summary>
    internal static bool TryReadField(ref WireReader reader, [NotNullWhen(true)] out string? text)
    {
        text = null;
        return reader.TryReadBytes(out var bytes) && TryRead(bytes, out text);
    }
}
