#pragma once
#include <string>
#include <vector>

#include "unidg/chat/chat_model.h"
#include "unidg/image/image.h"

namespace unidg::agents {

/// What the Captioner and the Verifier look at.
struct Triplet {
  Image abnormal;
  Mask mask;     ///< of the defect, the picture's size
  Image normal;  ///< the normal counterpart, same size
  std::string id;
  std::string object, type;  ///< in the source's own words; "" when unknown
};
/// @throws InputError when a picture is missing, the mask is empty, or sizes differ
void check_triplet(const Triplet& triplet);

/// One description of a triplet.
struct Candidate {
  Json caption;           ///< data.md 6.1 (Fig. 7, 9), without the confidence; null when there is none
  double confidence = 0;  ///< [0, 1]
  std::string asked;      ///< who was asked
  std::string answered;   ///< model id as the server reported it
  std::string problem;    ///< why there is no caption
};
Json to_json(const Candidate& candidate);

/// The Captioner Agent (App. A.1). Safe to ask from several threads.
class Captioner {
 public:
  virtual ~Captioner() = default;
  /// A service that gives no usable answer is the candidate's problem. @throws InputError for a triplet that
  /// does not fit together, UsageError when asking again cannot help, Interrupted
  virtual Candidate describe(const Triplet& triplet) = 0;
  virtual std::string name() const = 0;
};

struct ChatCaptionConfig {
  std::string prompt;                ///< file with another prompt; empty: Fig. 7
  std::int64_t longest_side = 1024;  ///< pixels; larger pictures are scaled down
  bool hint = false;                 ///< tells the source's words for object and type; the paper does not
};
void fields(FieldVisitor& visit, ChatCaptionConfig& c);

/// The prompt of Fig. 7 as printed; prompts/captioner.txt.
const char* captioner_prompt();
/// JSON schema of the answer to it: the shape is fixed, the words are free.
Json caption_schema();
/// The question about one triplet: prompt, then defect image, defect mask and normal image.
chat::Question caption_question(const Triplet& triplet, const std::string& prompt,
                                const ChatCaptionConfig& config);

/// A multimodal model with the prompt of Fig. 7.
class ChatCaptioner : public Captioner {
 public:
  /// @param model is asked; must outlive this  @throws InputError for a prompt file that cannot be read
  ChatCaptioner(chat::ChatModel& model, ChatCaptionConfig config = {});
  Candidate describe(const Triplet& triplet) override;
  std::string name() const override { return model_.name(); }

 private:
  chat::ChatModel& model_;
  ChatCaptionConfig config_;
  std::string prompt_;
};

/// The embedded captioner: measures image, mask and normal counterpart, and takes object and type from the
/// source. What cannot be seen in one picture (viewpoint, material, structure) stays "".
class MeasuringCaptioner : public Captioner {
 public:
  Candidate describe(const Triplet& triplet) override;
  std::string name() const override { return "measured-v1"; }
};

}  // namespace unidg::agents
