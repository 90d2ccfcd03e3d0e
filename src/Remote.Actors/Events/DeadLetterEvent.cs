namespace Remote.Actors;

/// <summary>A message could not be delivered. Published on the event stream, once per message.</summary>
/// <param name="Target">Where it should have gone.</param>
/// <param name="Message">The message.</param>
/// <param name="Sender">Who would have got the answer, if anybody.</param>
/// <param name="Reason">Why it could not be delivered.</param>
/// <param name="Headers">Its headers, if any.</param>
public sealed record DeadLetterEvent(PID Target, object Message, PID? Sender, DeadLetterReason Reason, MessageHeaders? Headers);
