namespace Remote.Tests.Links.Model;

/// <summary>One stream between the two, as each end sees it: what was written and not yet read, and who has noticed its end.</summary>
internal sealed class SimStream(LinkOffer offer) : ILinkCarrier
{
    internal LinkOffer Offer { get; } = offer;

    /// <summary>Frames, or a leave.</summary>
    internal Queue<object> ToAcceptor { get; } = new();

    /// <summary>The answer, acknowledgements, the end.</summary>
    internal Queue<object> ToDialler { get; } = new();

    internal bool DiallerGone { get; set; }

    internal bool AcceptorGone { get; set; }

    /// <summary>The link that it owns at the acceptor, or waits for.</summary>
    internal InboundLinkState? Link { get; set; }

    /// <summary>Whether the handshake was answered with a link, so that batches are read.</summary>
    internal bool IsServed { get; set; }

    // The model decides itself when a stream is cut, and when its end is noticed.
    Task ILinkCarrier.Ended => Task.CompletedTask;

    string? ILinkCarrier.Certificate => null;

    void ILinkCarrier.Abort()
    {
    }

    internal sealed record Leave(ulong FinalSequence);

    internal sealed record Answer(LinkAnswer Said, string SystemId);

    internal sealed record Refused(LinkOpen Why);

    internal sealed record End(bool ByVerdict);
}
