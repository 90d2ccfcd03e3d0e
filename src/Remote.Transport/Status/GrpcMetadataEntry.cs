namespace Remote.Transport;

/// <summary>One metadata entry: text, or bytes when the key ends in <c>-bin</c>.</summary>
public readonly struct GrpcMetadataEntry
{
    private readonly object _value;

    internal GrpcMetadataEntry(string key, object value)
    {
        Key = key;
        _value = value;
    }

    /// <summary>The key, in lower case.</summary>
    public string Key { get; }

    /// <summary>True when the value is bytes.</summary>
    public bool IsBinary => _value is byte[];

    /// <summary>The text, or for a binary entry its base64 form.</summary>
    public string Text => _value as string ?? Convert.ToBase64String((byte[])_value).TrimEnd('=');

    /// <summary>The bytes of a binary entry; empty for a text entry.</summary>
    public ReadOnlyMemory<byte> Bytes => _value as byte[];

    /// <inheritdoc/>
    public override string ToString() => $"{Key}: {Text}";
}
