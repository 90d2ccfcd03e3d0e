namespace Remote.Tests;

/// <summary>What a line of a conversation between two nodes of one release is about.</summary>
internal enum ReleaseKind
{
    /// <summary>A node starts.</summary>
    Start,

    /// <summary>A node is gone without a word.</summary>
    Stop,

    /// <summary>An application does something, or sees that something has come to pass. By name: the code is that of the scenario.</summary>
    Act,

    /// <summary>A stream is opened.</summary>
    Open,

    /// <summary>One message, with the bytes as they were on the wire.</summary>
    Frame,

    /// <summary>The dialler writes nothing more.</summary>
    Complete,

    /// <summary>The acceptor has ended the call with a status.</summary>
    End,

    /// <summary>The dialler has given the call up.</summary>
    Reset,

    /// <summary>The network has broken the connection.</summary>
    Cut,
}

/// <summary>One line of a conversation.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Node">Who did it: of a frame, who wrote it. Empty for the network.</param>
internal sealed record ReleaseEntry(ReleaseKind Kind, string Node)
{
    /// <summary>s1, s2, ... in the order of dialling.</summary>
    public string Stream { get; init; } = "";

    /// <summary>Of an opening: who was dialled.</summary>
    public string Acceptor { get; init; } = "";

    /// <summary>Of an opening: the recorder dialled in the place of the node, with what that had said before.</summary>
    public bool IsForged { get; init; }

    /// <summary>Of a frame: the network lost it.</summary>
    public bool IsLost { get; init; }

    /// <summary>Of an act: its name. Of an opening: the method. Of an end: the status. Of a frame: its case.</summary>
    public string Text { get; init; } = "";

    /// <summary>Of a frame.</summary>
    public byte[] Bytes { get; init; } = [];

    public override string ToString() => $"{Kind} {Stream} {Node} {Text}";
}

/// <summary>A node that took part.</summary>
/// <param name="Name">Its name in the scenario.</param>
/// <param name="Address">Its address; empty for one that never started.</param>
/// <param name="SystemId">Which life of it.</param>
internal sealed record ReleaseNode(string Name, string Address, string SystemId);
