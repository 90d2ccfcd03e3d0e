using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Remote.Actors;

/// <summary>An immutable map of strings that travels with a message. Keys are ordinal.</summary>
public sealed class MessageHeaders : IReadOnlyDictionary<string, string>
{
    private readonly ImmutableDictionary<string, string> _values;

    private MessageHeaders(ImmutableDictionary<string, string> values) => _values = values;

    /// <summary>Creates headers from pairs; the last of two equal keys wins.</summary>
    /// <param name="pairs">The pairs.</param>
    public MessageHeaders(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        var builder = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in pairs)
        {
            builder[key] = value;
        }

        _values = builder.ToImmutable();
    }

    /// <summary>No headers.</summary>
    public static MessageHeaders Empty { get; } = new(ImmutableDictionary.Create<string, string>(StringComparer.Ordinal));

    /// <inheritdoc/>
    public int Count => _values.Count;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => _values.Keys;

    /// <inheritdoc/>
    public IEnumerable<string> Values => _values.Values;

    /// <inheritdoc/>
    public string this[string key] => _values[key];

    /// <summary>These headers and one more; a value of the same key is replaced.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    public MessageHeaders With(string key, string value)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        return new MessageHeaders(_values.SetItem(key, value));
    }

    /// <summary>These headers and others, which win where keys are equal.</summary>
    /// <param name="pairs">The other headers.</param>
    public MessageHeaders With(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        return new MessageHeaders(_values.SetItems(pairs));
    }

    /// <summary>These headers without one.</summary>
    /// <param name="key">The key to leave out.</param>
    public MessageHeaders Without(string key) => new(_values.Remove(key));

    /// <summary>The value of a key, or a default.</summary>
    /// <param name="key">The key.</param>
    /// <param name="fallback">What to return when the key is absent.</param>
    public string? GetOrDefault(string key, string? fallback = null) => _values.GetValueOrDefault(key) ?? fallback;

    /// <inheritdoc/>
    public bool ContainsKey(string key) => _values.ContainsKey(key);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value) => _values.TryGetValue(key, out value);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
