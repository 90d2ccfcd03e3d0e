namespace Remote.Testing;

/// <summary>One of the two ways bytes travel on a connection.</summary>
public enum NetworkDirection
{
    /// <summary>From the side that dialled to the side that listens.</summary>
    ToServer,

    /// <summary>From the side that listens to the side that dialled.</summary>
    ToClient,
}

internal static class NetworkDirections
{
    public static bool IsToServer(this NetworkDirection direction) => direction switch
    {
        NetworkDirection.ToServer => true,
        NetworkDirection.ToClient => false,
        _ => throw new ArgumentOutOfRangeException(nameof(direction), direction, null),
    };
}
