namespace Remote.Actors;

/// <summary>The last failure of an actor.</summary>
/// <param name="Exception">What it threw, with the original stack.</param>
/// <param name="MessageType">The type of the message it failed on, if any.</param>
/// <param name="Time">When.</param>
public sealed record ActorFailure(Exception Exception, Type? MessageType, DateTimeOffset Time);
