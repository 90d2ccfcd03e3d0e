using System.Buffers;
using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Remote.Transport;

/// <summary>
/// Headers or trailers of a call: an ordered list in which a key may occur more than once. Keys are lower case and made of
/// <c>0-9 a-z _ - .</c>; values are printable ASCII, or any bytes when the key ends in <c>-bin</c>. Not thread-safe.
/// </summary>
public sealed class GrpcMetadata : IReadOnlyList<GrpcMetadataEntry>
{
    private static readonly SearchValues<char> KeyCharacters = SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyz_-.");
    private static readonly SearchValues<char> ValueCharacters = SearchValues.Create(Enumerable.Range(0x20, 0x5F).Select(c => (char)c).ToArray());

    private readonly List<GrpcMetadataEntry> _entries = [];

    /// <inheritdoc/>
    public int Count => _entries.Count;

    /// <inheritdoc/>
    public GrpcMetadataEntry this[int index] => _entries[index];

    /// <summary>Adds a text entry.</summary>
    /// <exception cref="ArgumentException">The key or the value has a character that metadata cannot carry, the key ends in
    /// <c>-bin</c>, or it is one gRPC or HTTP writes itself.</exception>
    public void Add(string key, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        CheckKey(key, binary: false);
        if (value.AsSpan().ContainsAnyExcept(ValueCharacters))
        {
            throw new ArgumentException($"The value of metadata '{key}' has a character outside printable ASCII; use a key that ends in -bin.", nameof(value));
        }

        _entries.Add(new GrpcMetadataEntry(key, value));
    }

    /// <summary>Adds a binary entry; the bytes are copied.</summary>
    /// <exception cref="ArgumentException">The key does not end in <c>-bin</c> or has a character that metadata cannot carry.</exception>
    public void Add(string key, ReadOnlySpan<byte> value)
    {
        CheckKey(key, binary: true);
        _entries.Add(new GrpcMetadataEntry(key, value.ToArray()));
    }

    /// <summary>The last text value under this key, as HTTP libraries commonly answer; null when there is none.</summary>
    public string? GetText(string key)
    {
        int index = LastIndexOf(key);
        return index < 0 ? null : _entries[index].Text;
    }

    /// <summary>The last bytes under this key.</summary>
    public bool TryGetBytes(string key, out ReadOnlyMemory<byte> value)
    {
        int index = LastIndexOf(key);
        value = index < 0 ? default : _entries[index].Bytes;
        return index >= 0 && _entries[index].IsBinary;
    }

    /// <inheritdoc/>
    public IEnumerator<GrpcMetadataEntry> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Adds what came from the wire: unknown characters are kept, base64 that is none makes the entry vanish.</summary>
    internal void AddReceived(string name, string value)
    {
        string key = name.ToLowerInvariant();
        if (!key.EndsWith("-bin", StringComparison.Ordinal))
        {
            _entries.Add(new GrpcMetadataEntry(key, value));
            return;
        }

        // Several values may have been joined into one header line.
        foreach (Range part in value.AsSpan().Split(','))
        {
            if (TryDecode(value.AsSpan(part).Trim(), out byte[]? bytes))
            {
                _entries.Add(new GrpcMetadataEntry(key, bytes));
            }
        }
    }

    internal void AddEntry(GrpcMetadataEntry entry) => _entries.Add(entry);

    /// <summary>Names that HTTP or gRPC itself owns; they are neither written from metadata nor shown as metadata.</summary>
    internal static bool IsReserved(string key) =>
        key.StartsWith(':') || key switch
        {
            "grpc-status" or "grpc-message" or "grpc-timeout" or "grpc-encoding" or "grpc-accept-encoding" => true,
            "content-type" or "content-length" or "te" or "host" or "connection" or "transfer-encoding" => true,
            "keep-alive" or "upgrade" or "proxy-connection" or "trailer" or "date" or "server" => true,
            _ => false,
        };

    private static bool TryDecode(ReadOnlySpan<char> text, [NotNullWhen(true)] out byte[]? bytes)
    {
        // Senders may leave the padding out.
        Span<char> padded = text.Length <= 512 ? stackalloc char[516] : new char[text.Length + 4];
        text.CopyTo(padded);
        int length = text.Length;
        while (length % 4 != 0)
        {
            padded[length++] = '=';
        }

        var target = new byte[length / 4 * 3];
        bool ok = Convert.TryFromBase64Chars(padded[..length], target, out int written);
        bytes = ok ? target[..written] : null;
        return ok;
    }

    private static void CheckKey(string key, bool binary)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        if (key.AsSpan().ContainsAnyExcept(KeyCharacters) || IsReserved(key))
        {
            throw new ArgumentException($"'{key}' is no metadata key: lower-case letters, digits, '_', '-' and '.' only, and none that gRPC or HTTP uses itself.", nameof(key));
        }

        if (key.EndsWith("-bin", StringComparison.Ordinal) != binary)
        {
            throw new ArgumentException($"Binary values need a key that ends in -bin and text values one that does not: '{key}'.", nameof(key));
        }
    }

    private int LastIndexOf(string key) => _entries.FindLastIndex(e => string.Equals(e.Key, key, StringComparison.OrdinalIgnoreCase));
}
