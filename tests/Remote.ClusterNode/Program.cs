using Remote.ClusterNode;

// Usage: Remote.ClusterNode PLAN, which is MemberPlan as JSON. Commands come line by line with a number in front, and go on side by side:
//
//   status                                                     members, blocked ones, heartbeats, dead letters, memory
//   ask from= count= timeout= ceiling=                         each counter until it answers
//   load count= at-once= timeout=  /  load-end                 asks counters at random until it is ended
//   block id= list=ours|theirs [duration=ms]  /  unblock id=   a member
//   stuck  /  release                                          an actor that takes nothing more, until it is released
//   fill  /  fill-end  /  lanes                                keeps the lanes to the stuck actors of all others full
//   subscribe topic= count= [pace=ms]                          actors of this member
//   publish topic= from= count= batch= payload=                numbers
//   received ranges=1-10,21-30                                 what the subscribers here have of them
//   topic topic=                                               the member where the topic lives
//   leave                                                      in good order; the program ends
//
// Answers: {"event":"answer","to":NUMBER,"result":...} or with "error". In between: 'joined', 'activated', 'deactivated',
// 'put-out' when it hears that it is blocked, 'left'.
return await MemberProcess.RunAsync(MemberPlan.Parse(args[0]), Console.In, Console.Out);
