namespace Remote.Tests.Links;

/// <summary>A stream that is over as soon as somebody asks.</summary>
internal sealed class NoStream : ILinkCarrier
{
    public Task Ended => Task.CompletedTask;

    public string? Certificate { get; init; }

    public void Abort()
    {
    }
}
