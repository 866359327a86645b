import type { components } from "./schema";

type Schemas = components["schemas"];

export type Account = Schemas["AccountOut"];
export type Activity = Schemas["ActivityOut"];
export type Campaign = Schemas["CampaignOut"];
export type Delivery = Schemas["DeliveryOut"];
export type Media = Schemas["MediaOut"];
export type Notification = Schemas["NotificationOut"];
export type NotificationPage = Schemas["NotificationPage"];
export type Pause = Schemas["PauseOut"];
export type Platform = Schemas["PlatformOut"];
export type Post = Schemas["PostOut"];
export type PostCheck = Schemas["CheckOut"];
export type PostPage = Schemas["PostPage"];
export type PostStatus = Post["status"];
export type LatePolicy = Post["late_policy"];
export type PostWish = Schemas["PostWish"];
export type Problem = Schemas["ProblemItem"];
export type Quota = Schemas["QuotaOut"];
export type Session = Schemas["SessionOut"];
export type SettleWish = Schemas["SettleWish"];
export type System = Schemas["SystemOut"];
export type TextLimits = Schemas["TextLimitsOut"];
export type Workspace = Schemas["WorkspaceOut"];
export type WorkspaceWish = Schemas["WorkspaceWish"];
export type FirstOwner = Schemas["FirstOwner"];
export type Credentials = Schemas["Credentials"];
