using System.Diagnostics.CodeAnalysis;

namespace Remote.Actors;

/// <summary>The address of a process: where it lives, what it is called there and, for requests, which request is meant.</summary>
/// <remarks>Immutable and safe to share between threads and systems. Equality is <see cref="Address"/> and <see cref="Id"/>, ordinal; the request id is carried, not compared.</remarks>
[SuppressMessage("Naming", "CA1720", Justification = "PID is the established word.")]
public sealed class PID : IEquatable<PID>
{
    /// <summary>Creates a PID.</summary>
    /// <param name="address">Where the process lives, for instance <c>127.0.0.1:8000</c>; empty for a local process.</param>
    /// <param name="id">The id of the process at that address.</param>
    /// <param name="requestId">The request that is meant when the process is a future; 0 for none.</param>
    public PID(string address, string id, uint requestId = 0)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(id);
        Address = address;
        Id = id;
        RequestId = requestId;
    }

    internal PID(string id, CachedProcess process)
    {
        Address = "";
        Id = id;
        Cached = process;
    }

    private PID(PID origin, uint requestId)
    {
        Address = origin.Address;
        Id = origin.Id;
        RequestId = requestId;
        Cached = origin.Cached;
    }

    /// <summary>Where the process lives; empty for a local process.</summary>
    public string Address { get; }

    /// <summary>The id of the process at its address.</summary>
    public string Id { get; }

    /// <summary>The request that is meant when the process is a future; 0 for none. Not compared.</summary>
    public uint RequestId { get; }

    /// <summary>The process last found for this PID. It belongs to one system and one life, so it is checked before each use.</summary>
    /// <remarks>A reference is written atomically and an outdated one is only looked up again, so no fence is needed.</remarks>
    internal CachedProcess? Cached { get; set; }

    /// <summary>The same process with another request id. The process cached on this PID is carried over.</summary>
    /// <param name="requestId">The request id of the copy.</param>
    public PID WithRequestId(uint requestId) => requestId == RequestId ? this : new PID(this, requestId);

    /// <inheritdoc/>
    public bool Equals(PID? other) =>
        ReferenceEquals(this, other) || (other is not null && Id == other.Id && Address == other.Address);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PID);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Address, Id);

    /// <summary>A form for people: <c>address/id</c>, with <c>#request</c> when there is one. Never parsed.</summary>
    public override string ToString()
    {
        var name = Address.Length == 0 ? Id : $"{Address}/{Id}";
        return RequestId == 0 ? name : $"{name}#{RequestId}";
    }

    /// <summary>Whether two PIDs name the same process.</summary>
    public static bool operator ==(PID? left, PID? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether two PIDs name different processes.</summary>
    public static bool operator !=(PID? left, PID? right) => !(left == right);
}
