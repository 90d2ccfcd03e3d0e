namespace Remote.Tests;

/// <summary>What a line of a recording is about.</summary>
internal enum RecordedKind
{
    Node,
    StreamOpen,
    Message,
    RequestComplete,
    ResponseEnd,
    CallDisposed,
    WriteFailed,
    Note,

    /// <summary>HTTP headers and whatever else is not replayed.</summary>
    Other,
}

/// <summary>One line of a recording.</summary>
internal sealed record RecordedEntry(int Seq, RecordedKind Kind)
{
    /// <summary>The stream, s1, s2, ... in dialling order.</summary>
    public string Stream { get; init; } = "";

    /// <summary>Of a message: from the dialler to the acceptor.</summary>
    public bool IsRequest { get; init; }

    /// <summary>Of a message: the oneof case, or the type of a unary call's message.</summary>
    public string Case { get; init; } = "";

    /// <summary>Of a message: its bytes without the five of the gRPC frame.</summary>
    public byte[] Bytes { get; init; } = [];

    /// <summary>Of an opening: the node that dialled. Of a node: its name.</summary>
    public string Node { get; init; } = "";

    /// <summary>Of an opening: where it dialled. Of a node: its address.</summary>
    public string Address { get; init; } = "";

    /// <summary>Of a node: its member id.</summary>
    public string MemberId { get; init; } = "";

    /// <summary>Of a note.</summary>
    public string Text { get; init; } = "";

    /// <summary>Of an end of a response: the status and its detail.</summary>
    public string Status { get; init; } = "";

    /// <summary>Of a write that failed: the message that never reached the peer.</summary>
    public int OfSeq { get; init; }

    /// <summary>Handshake, as opposed to payload.</summary>
    public bool IsHandshake => Case is "ConnectRequest" or "ConnectResponse";

    public override string ToString() => $"#{Seq} {Stream} {Kind} {Case}{Text}{Status}";
}

/// <summary>A node that took part.</summary>
internal sealed record RecordedNode(string Name, string Address, string MemberId, bool IsClient);
