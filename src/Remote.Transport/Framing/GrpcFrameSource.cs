using System.IO.Pipelines;

namespace Remote.Transport;

/// <summary>What a frame reader needs to know about the call it reads.</summary>
internal abstract class GrpcFrameSource
{
    /// <summary>Null: every compressed message is refused. Known when the first bytes are.</summary>
    public abstract string? Encoding { get; }

    /// <summary>Whether the reader completes the pipe at the end; the web server completes its own.</summary>
    public abstract bool OwnsPipe { get; }

    /// <summary>The pipe with the peer's bytes; on the client it waits for the response headers.</summary>
    public abstract ValueTask<PipeReader> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Called once at the clean end of the bytes; throws when the call did not end well.</summary>
    public abstract void OnEnd();

    /// <summary>The exception to show for one that the pipe threw, or for a broken frame; the call is lost either way.</summary>
    public abstract GrpcException OnFailure(Exception exception);
}
