namespace Chat;

// What travels between the users and the room: records, which travel as JSON and need no registration.

/// <summary>A user wants to be in the room. Its sender is who gets what is said there.</summary>
internal sealed record Join(string Name);

/// <summary>The answer: who else is there.</summary>
internal sealed record Welcome(string[] Others);

/// <summary>A user says something; the room passes it on as <see cref="Said"/>.</summary>
internal sealed record Say(string Text);

internal sealed record Said(string Name, string Text);

internal sealed record Arrived(string Name);

internal sealed record Departed(string Name);
