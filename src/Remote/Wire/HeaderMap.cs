using Proto;

namespace Remote;

/// <summary>The headers of one message as they are read: one, which is what a trace brings, costs no table.</summary>
internal struct HeaderMap
{
    private string? _key;
    private string? _value;
    private Dictionary<string, string>? _all;

    internal readonly int Count => _all?.Count ?? (_key is null ? 0 : 1);

    /// <summary>The last of several values of one key counts.</summary>
    internal void Set(string key, string value)
    {
        if (_all is null && (_key is null || _key == key))
        {
            (_key, _value) = (key, value);
            return;
        }

        _all ??= new Dictionary<string, string>(StringComparer.Ordinal) { [_key!] = _value! };
        _all[key] = value;
    }

    /// <summary>The headers for the actor; empty ones where a message has said that it has headers and had none.</summary>
    internal readonly MessageHeader ToHeaders() =>
        _all is not null ? new MessageHeader(_all) : _key is null ? MessageHeader.Empty : MessageHeader.Empty.With(_key, _value!);
}
