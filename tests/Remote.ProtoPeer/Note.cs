namespace Remote.ProtoPeer;

/// <summary>A message that travels as JSON. Echo actors answer it with the same text.</summary>
public sealed record Note(string Text);
