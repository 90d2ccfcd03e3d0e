using Proto;

namespace Remote.Tests;

/// <summary>A message as an actor of a test got it.</summary>
internal sealed record Receipt(string Actor, object Message, PID? Sender, MessageHeader Headers);
