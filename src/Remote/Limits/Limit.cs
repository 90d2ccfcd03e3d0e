namespace Remote;

/// <summary>The limits that are told of when they refuse something. <see cref="Refusals.NameOf"/> says which option sets each.</summary>
internal enum Limit
{
    Connections,
    ConnectionsPerAddress,
    OpensPerSecond,
    Peers,
    Links,
    LinksPerSystem,
    Endpoints,

    /// <summary>An address that the application does not let us dial.</summary>
    Dial,

    /// <summary>An answer to a request that bears the name of none, or a sender that names a process of ours that it cannot know.</summary>
    ForgedAnswer,

    /// <summary>A Watch for an actor of somebody else.</summary>
    ForeignWatch,

    /// <summary>A peer that says the system id of another one.</summary>
    ForeignSystem,

    /// <summary>A stream that is not read on, because so many control messages of its peer wait in mailboxes.</summary>
    WaitingControl,
}
