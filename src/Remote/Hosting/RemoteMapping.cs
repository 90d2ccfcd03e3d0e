namespace Remote;

/// <summary>Whether the application's own web server carries the node (<c>MapRemote</c>), or the node listens by itself.</summary>
internal sealed class RemoteMapping
{
    public bool IsMapped { get; set; }
}
