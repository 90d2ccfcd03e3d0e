namespace Remote.Actors;

/// <summary>Why a message could not be delivered. Compared by name.</summary>
public readonly struct DeadLetterReason : IEquatable<DeadLetterReason>
{
    private readonly string? _name;

    /// <summary>Creates a reason of one's own.</summary>
    /// <param name="name">A short name in Pascal case, from a small fixed set: it is used as a metric tag.</param>
    public DeadLetterReason(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        _name = name;
    }

    /// <summary>There is no such process. Also the value of <c>default</c>.</summary>
    public static DeadLetterReason NoSuchProcess { get; } = new(nameof(NoSuchProcess));

    /// <summary>The process stopped before it took the message.</summary>
    public static DeadLetterReason Stopped { get; } = new(nameof(Stopped));

    /// <summary>A bounded mailbox had no room for the message.</summary>
    public static DeadLetterReason MailboxFull { get; } = new(nameof(MailboxFull));

    /// <summary>The actor system is shutting down.</summary>
    public static DeadLetterReason Shutdown { get; } = new(nameof(Shutdown));

    /// <summary>Its deadline was over before anybody worked on it, or it is a request that its caller gave up before it was sent.</summary>
    public static DeadLetterReason Expired { get; } = new(nameof(Expired));

    /// <summary>The name of the reason.</summary>
    public string Name => _name ?? nameof(NoSuchProcess);

    /// <summary>What a watcher is told when its Watch met this reason.</summary>
    internal TerminatedReason TerminatedReason =>
        this == NoSuchProcess ? TerminatedReason.NotFound
        : this == Stopped || this == Shutdown ? TerminatedReason.Stopped
        : TerminatedReason.AddressTerminated;

    /// <inheritdoc/>
    public bool Equals(DeadLetterReason other) => Name == other.Name;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is DeadLetterReason other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    /// <summary>Whether two reasons have the same name.</summary>
    public static bool operator ==(DeadLetterReason left, DeadLetterReason right) => left.Equals(right);

    /// <summary>Whether two reasons have different names.</summary>
    public static bool operator !=(DeadLetterReason left, DeadLetterReason right) => !left.Equals(right);
}
