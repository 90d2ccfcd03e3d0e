namespace Remote;

/// <summary>Of messages of this node that are posted as those of other nodes are, because whoever posts them must not block. Nobody gave credit for them.</summary>
internal sealed class NoOrigin : IMessageOrigin
{
    public static NoOrigin Instance { get; } = new();

    public void Taken(int messages, long bytes)
    {
        // There is nobody to tell.
    }
}
