namespace Remote.Testing;

/// <summary>One of the two ways bytes travel on an <see cref="InMemoryConnection"/>.</summary>
public enum NetworkDirection
{
    /// <summary>From the side that dialled to the side that listens.</summary>
    ToServer,

    /// <summary>From the side that listens to the side that dialled.</summary>
    ToClient,
}
