namespace Remote.Transport;

/// <summary>How a call ended: a code and, for people, a message.</summary>
public readonly struct GrpcStatus : IEquatable<GrpcStatus>
{
    private readonly string? _detail;

    /// <summary>Creates a status.</summary>
    /// <param name="code">The outcome.</param>
    /// <param name="detail">Text for people; travels percent-encoded, so any character is allowed.</param>
    public GrpcStatus(GrpcStatusCode code, string? detail = null)
    {
        Code = code;
        _detail = detail;
    }

    /// <summary>The status of a call that succeeded.</summary>
    public static GrpcStatus OK => default;

    /// <summary>The outcome.</summary>
    public GrpcStatusCode Code { get; }

    /// <summary>Text for people, never null.</summary>
    public string Detail => _detail ?? "";

    /// <summary>True when the code is <see cref="GrpcStatusCode.OK"/>.</summary>
    public bool IsOK => Code == GrpcStatusCode.OK;

    /// <summary>Compares code and detail.</summary>
    public static bool operator ==(GrpcStatus left, GrpcStatus right) => left.Equals(right);

    /// <summary>Compares code and detail.</summary>
    public static bool operator !=(GrpcStatus left, GrpcStatus right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(GrpcStatus other) => Code == other.Code && string.Equals(Detail, other.Detail, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is GrpcStatus other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Code, Detail);

    /// <summary>Code and detail for people, for example <c>NotFound: no such actor</c>.</summary>
    public override string ToString() => Detail.Length == 0 ? Code.ToString() : $"{Code}: {Detail}";
}
