using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Remote.Actors;

/// <summary>An immutable map of strings that travels with a message. Keys are ordinal.</summary>
public sealed class MessageHeaders : IReadOnlyDictionary<string, string>
{
    /// <summary>The key of the deadline: its value is a UTC time in milliseconds since 1970, in decimal digits.</summary>
    public const string DeadlineKey = "remote-deadline";

    // What the field below says when nobody has looked yet, and when there is no deadline.
    private const long NotRead = 0, Never = long.MaxValue;

    private readonly ImmutableDictionary<string, string> _values;

    // Read once, for the same headers are looked at on every step of their way. Two that read at once find the same.
    private long _deadline = NotRead;

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

    /// <summary>When the message is worth nothing any more; <see langword="null"/> when it says nothing of that, or nothing that can be read.</summary>
    public DateTimeOffset? Deadline => DeadlineMilliseconds == Never ? null : DateTimeOffset.FromUnixTimeMilliseconds(_deadline);

    /// <summary>
    /// These headers and a deadline: a message that is not handled by then becomes a dead letter <see cref="DeadLetterReason.Expired"/> instead of
    /// work, wherever that is noticed first. It is a time of the clock of whoever looks; see <see cref="ActorSystemOptions.DeadlineTolerance"/>.
    /// </summary>
    /// <param name="deadline">The time; whole milliseconds count.</param>
    public MessageHeaders WithDeadline(DateTimeOffset deadline) =>
        With(DeadlineKey, deadline.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));

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

    /// <summary>Whether the deadline lies before a time, in milliseconds since 1970.</summary>
    internal bool IsOverAt(long milliseconds) => DeadlineMilliseconds < milliseconds;

    /// <summary>Whether there is a deadline at all; asked before the clock is.</summary>
    internal bool HasDeadline => DeadlineMilliseconds != Never;

    private long DeadlineMilliseconds
    {
        get
        {
            var deadline = Volatile.Read(ref _deadline);
            if (deadline == NotRead)
            {
                deadline = ReadDeadline();
                Volatile.Write(ref _deadline, deadline);
            }

            return deadline;
        }
    }

    private long ReadDeadline() =>
        _values.TryGetValue(DeadlineKey, out var text)
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            && milliseconds > 0 && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? milliseconds
            : Never;
}
