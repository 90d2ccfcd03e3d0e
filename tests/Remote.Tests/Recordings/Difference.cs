namespace Remote.Tests;

/// <summary>
/// Where our node does something else than the recorded one, on purpose. Every departure of a replay from its recording names one of these.
/// </summary>
internal enum Difference
{
    /// <summary>
    /// The recorded node dials back as soon as it is dialled. Ours dials when it has something to send; a stream that would carry nothing is
    /// not opened. (Known to the engine, which moves the handshake of such a stream to its first payload.)
    /// </summary>
    DialsBackLazily,

    /// <summary>
    /// A client's actor has two forms, {$client/id, local} and {server, $client/id/local}. The recorded server writes to the client whichever form
    /// it was given; ours has one form for one actor and writes the plain id, as the recorded one does for the first form. (Known to the engine.)
    /// </summary>
    ClientTargetsArePlain,

    /// <summary>
    /// The recorded node does not tell a requester that its message was given up: the request times out. Ours fails it at once with the dead
    /// letter, whose target is the one the message was sent to.
    /// </summary>
    RequesterIsTold,

    /// <summary>
    /// Because of the former, the recorded node sends a DeadLetterResponse to the dead address and dials it all over again. Ours does not.
    /// </summary>
    NoSecondRound,

    /// <summary>The recorded node makes 4 attempts in 1 to 2 s; ours follows its own options.</summary>
    OwnReconnectSchedule,

    /// <summary>The recorded node gives a remote watcher no Terminated when the watched actor's node dies or its client leaves. Ours does.</summary>
    TerminatedIsSent,

    /// <summary>
    /// The recorded node delivers what waited for a dead incarnation to the next one. Ours makes dead letters of it: an answer for a former life
    /// never reaches another.
    /// </summary>
    QueueEndsWithIncarnation,

    /// <summary>
    /// Watching a second time sends nothing: the first Watch stands, and there is one Terminated either way. The recorded node sends the Watch
    /// again.
    /// </summary>
    SecondWatchIsTheFirst,

    /// <summary>An unknown kind is answered with an error at once; the recorded activator fails and never answers.</summary>
    UnknownKindIsAnswered,

    /// <summary>
    /// An index that is out of range, or a sender without an address, costs its envelope; the recorded node ends the stream.
    /// </summary>
    BadEnvelopeCostsOnlyItself,

    /// <summary>The requester of a message that cannot be read is told; the recorded node only skips the message.</summary>
    UnreadableIsAnswered,

    /// <summary>
    /// A faulty stream ends with a status that says what is wrong: FAILED_PRECONDITION for a first message that is no ConnectRequest,
    /// INVALID_ARGUMENT for a message out of place. The recorded node sends CANCELLED or UNKNOWN with the text of a .NET exception.
    /// </summary>
    MeaningfulStatus,

    /// <summary>A message with nothing set means nothing: later versions may add members. The recorded node ends the stream.</summary>
    EmptyMessageIsIgnored,

    /// <summary>A dialler that is told that it is blocked does not block itself, nor does it spread that.</summary>
    DoesNotBlockItself,

    /// <summary>
    /// An end that the recorded node reports as a DeadLetterEvent is none here: a Watch of a missing actor is answered, so nothing is lost.
    /// </summary>
    AnsweredWatchIsNoDeadLetter,

    /// <summary>JSON names carry no version, culture or key: a rolling upgrade must not change them. Proto.Actor resolves them all the same. (Known to the engine.)</summary>
    ShortJsonNames,
}
